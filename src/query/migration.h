/// Migration: what the legacy method billed beside the charges of the same months as they are split here, customer by
/// customer, and why they differ.
///
/// Both sides are added up by month, currency, customer, subscription and product, as far as the legacy tells them, and
/// each difference is explained by the classes and bounds of a reconciliation (reconciliation.h). A customer is
/// explained if every difference has a class that is no fault. Nothing is matched by amount alone (docs/migrate.md,
/// docs/adr/0067-migration.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "query/legacy.h"
#include "query/reconciliation.h"
#include "query/table.h"

namespace apportion {

enum class MigrationVerdict { kEqual, kExplained, kNotExplained };
/// `equal`, `explained`, `not explained`
std::string_view migration_verdict_name(MigrationVerdict verdict);
/// Nothing for a name that is none.
std::optional<MigrationVerdict> migration_verdict_of(std::string_view name);

struct MigrationKey {
  Month month;
  std::string currency;
  std::string customer;      ///< Id, or `unassigned`; empty for one of the legacy that is nobody here.
  std::string legacy_name;   ///< Of the latter, as its lines have it.
  std::string subscription;  ///< Empty where the legacy does not tell it; as is the next.
  std::string product;
};

/// A part of what both sides have of a key. Amounts of a key with several parts are in the first one.
struct MigratedAmount {
  MigrationKey key;
  DifferenceClass why = DifferenceClass::kEqual;
  std::optional<Decimal> before;  ///< By the legacy.
  std::optional<Decimal> now;     ///< By the charges.
  Decimal difference;             ///< `now` less `before`.
  Decimal bound;
  std::int64_t charge_rows = 0;
  std::int64_t line_rows = 0;
  std::optional<std::int64_t> first_row;  ///< x_RowId of the first charge.
  std::string first_line;                 ///< `FILE:LINE`
  std::string other_customer;             ///< Of kOtherCustomer.
};

/// Sums of a customer in one currency.
struct MigratedCustomer {
  std::string customer;  ///< As in MigrationKey.
  std::string legacy_name;
  std::string name;
  std::string currency;
  std::int64_t months = 0;  ///< In which either side has something.
  Decimal before;
  Decimal now;
  Decimal difference;
  MigrationVerdict verdict = MigrationVerdict::kEqual;  ///< Of the customer, in all currencies.
  std::map<DifferenceClass, Decimal> differences;       ///< By class, but for what is equal.
};

/// What the legacy never showed: what commitments cost whom.
struct MigrationGain {
  Month month;
  std::string customer;
  std::string currency;
  std::string kind;             ///< `Reservation`, `Savings Plan`
  Decimal bought;               ///< Billed cost of purchases and refunds.
  std::optional<Decimal> used;  ///< Effective cost; nothing where it is unknown or there is none.
  std::optional<Decimal> unused;
};

struct Migration {
  InvoiceFileKind source = InvoiceFileKind::kBill;
  bool before_credit = false;         ///< Whether the legacy's costs are before partner earned credit.
  std::vector<Month> months;          ///< That were compared.
  std::vector<Month> without_legacy;  ///< Between the first and the last month, or asked for: the legacy has none.
  std::vector<Month> without_charges;
  std::vector<Month> only_legacy;  ///< Outside of these months.
  std::vector<Month> only_charges;
  std::int64_t rejected_lines = 0;
  std::vector<MigratedAmount> amounts;      ///< By key, also what is equal.
  std::vector<MigratedCustomer> customers;  ///< By customer and currency.
  std::vector<MigrationGain> gains;
  std::vector<std::string> unclear;  ///< Names of the legacy that several customers have.

  /// Whether every month was compared and every customer is equal or explained.
  bool holds() const;
};

struct MigrationRequest {
  std::optional<InvoiceFileKind> source;  ///< Default: as of `legacy_lines`.
  std::optional<CustomerId> customer;     ///< This one only.
  bool before_credit = false;
  Cancel cancel = {};
};

/// For the partner. Without months in scope, those that both sides have. Errors: kPartnerOnly, kNoLegacyBill,
/// kNoCharges (no month that both have), and those of reading lines.
Result<Migration> compare_with_legacy(LakeReader& reader, const ReadScope& scope, const MigrationRequest& request);

Table migration_gains_table(const Migration& migration);
/// What of the months was compared and what not, in sentences.
std::vector<std::string> migration_notices(const Migration& migration);

}  // namespace apportion
