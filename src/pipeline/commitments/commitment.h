/// Commitment: a reservation or a savings plan, with everything that is known about it and its sources.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/money/decimal.h"

namespace apportion {

enum class CommitmentKind { kUnknown, kReservation, kSavingsPlan };
/// `Reservation`, `Savings Plan`, or empty: the words of FOCUS.
std::string_view commitment_kind_name(CommitmentKind kind);

/// The source of a fact. A later one takes precedence over an earlier one.
enum class CommitmentSource { kCharges, kTransactions, kDetails, kAzure };
/// `charges`, `reservation transactions`, `reservation details`, `azure`
std::string_view commitment_source_name(CommitmentSource source);

enum class CommitmentField {
  kKind,
  kOrderId,
  kName,
  kSku,
  kQuantity,
  kRegion,
  kTermMonths,
  kScope,
  kBillingPlan,  ///< `upfront` or `monthly`
  kBuyer,        ///< Customer id, `partner`, or the name of a tenant of no customer.
  kBuyerTenantId,
  kPurchaseDay,
  kStartDay,
  kExpiryDay,
  kRenewal,           ///< `on` or `off`
  kHourlyCommitment,  ///< Savings plans: money per hour.
  kHourlyCurrency,
  kPrice,  ///< Of one payment, for the whole term or for a month, as billed.
  kPriceCurrency,
  kState,         ///< `active`, `expired`, `returned`, `partly returned`, or Azure's word.
  kExchangedFor,  ///< Ids of the commitments bought on the day this one was returned.
  kCount,
};
/// `OrderId`, `ExpiryDay`: as in tables and JSON.
std::string_view commitment_field_name(CommitmentField field);

/// An id as Azure writes it: an ARM path of a reservation or savings plan, of its order only, `ORDER/ID`, or a bare
/// GUID. Lower case. What cannot be parsed is the id as a whole.
struct CommitmentIds {
  CommitmentKind kind = CommitmentKind::kUnknown;
  std::string order;
  std::string id;  ///< Empty if only the order is named.
};
CommitmentIds parse_commitment_id(std::string_view text);

/// What one source says about one commitment; also used for Azure's inventory APIs (`source = kAzure`). An id that
/// names only an order stands for the commitment of that order, if it has exactly one.
struct CommitmentFact {
  CommitmentSource source = CommitmentSource::kCharges;
  std::string id;                                               ///< As `parse_commitment_id` takes it.
  std::vector<std::pair<CommitmentField, std::string>> values;  ///< Plain decimals, ISO days. Empty ones are skipped.
  std::optional<Day> as_of;  ///< Of two facts of one source the later one takes precedence; unset is the earliest.
};

struct FieldValue {
  std::string value;
  CommitmentSource source = CommitmentSource::kCharges;
  /// What other sources say, if they disagree.
  std::vector<std::pair<CommitmentSource, std::string>> conflicts;
};

struct Commitment {
  std::string key;  ///< The id in lower case: the GUID, or `order/GUID` for an order whose parts are not known.
  CommitmentKind kind = CommitmentKind::kUnknown;
  std::map<CommitmentField, FieldValue> fields;
  std::vector<std::string> former_names;  ///< Oldest first.

  /// Empty if it is not known.
  std::string_view value(CommitmentField field) const;
  std::optional<Day> day(CommitmentField field) const;
  std::optional<Decimal> decimal(CommitmentField field) const;
  std::size_t conflicts() const;
};

}  // namespace apportion
