/// Translates Microsoft's words to FOCUS's: small pure functions on single cells, in one place with their tables.
///
/// Sources: FOCUS 1.2 (allowed values), Microsoft's documentation of the cost details fields. A word that the tables do
/// not contain is kept unchanged and reported by `is_known_…`, never refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/money/decimal.h"

namespace apportion {

/// What a cell says about a commitment: nothing, that there is one, or its kind.
enum class CommitmentMark : std::uint8_t { kNone, kSome, kReservation, kSavingsPlan };
CommitmentMark mark_of_model(std::string_view pricing_model);
CommitmentMark mark_of_benefit(std::string_view benefit_id);          ///< An ARM path, or another id.
CommitmentMark mark_of_reservation(std::string_view reservation_id);  ///< Nothing for an all-zero id.
CommitmentMark mark_of_resource(std::string_view resource_id);        ///< An order of reservations or savings plans.
CommitmentMark mark_of_term(std::string_view term);                   ///< A year and more.

/// What a cost details row is. Decides which of the two files a cost counts in.
struct ChargeNature {
  bool is_usage = false;     ///< Usage, also of a commitment.
  bool is_purchase = false;  ///< Purchase or Refund.
  bool is_unused = false;    ///< UnusedReservation, UnusedSavingsPlan.
  CommitmentMark commitment = CommitmentMark::kNone;

  bool is_of_commitment() const { return commitment != CommitmentMark::kNone; }
  /// Adds what another cell says; the first known kind stays.
  void add(CommitmentMark mark);
};
/// By charge type and pricing model. Older files lack the model or leave it empty: then the other cells decide.
ChargeNature charge_nature(std::string_view charge_type, std::string_view pricing_model);

bool is_known_charge_type(std::string_view charge_type);
bool is_known_pricing_model(std::string_view pricing_model);
bool is_known_frequency(std::string_view frequency);

std::string charge_category(std::string_view charge_type);  ///< Empty chargeType is Usage.
std::string charge_class(std::string_view charge_type);     ///< `Correction` for refunds.
std::string charge_frequency(std::string_view frequency);
std::string pricing_category(std::string_view pricing_model);
/// FOCUS 1.0-preview(v1) has other words. Its ChargeSubcategory distinguishes `Used Commitment`, `Unused Commitment`
/// and `Refund` from other kinds of usage and adjustment: the status is Used, Unused or empty, the class `Correction`
/// or empty. Words of later versions stay as they are.
std::string status_of_subcategory(std::string_view status_or_subcategory);
std::string class_of_subcategory(std::string_view status_or_subcategory);
std::string pricing_category_of_focus(std::string_view pricing_category);  ///< `On-Demand` is Standard, and so on.
std::string_view commitment_status(const ChargeNature& nature);            ///< Used, Unused or empty.
std::string_view commitment_category(CommitmentMark mark);  ///< Usage (reservation), Spend (savings plan).
std::string_view commitment_type(CommitmentMark mark);      ///< Reservation, Savings Plan or empty.
std::string service_category(std::string_view service_family);

/// `/subscriptions/GUID` of a GUID, `GUID` of either; both in lower case. Empty for the all-zero GUID of older exports.
std::string subscription_path(std::string_view subscription);
std::string subscription_guid(std::string_view subscription);
/// A tenant in lower case. Empty for the all-zero GUID of older exports, which stands for no tenant.
std::string tenant_guid(std::string_view tenant);

/// Last segment of an ARM id; empty for an order of commitments that names none of its parts.
std::string resource_name(std::string_view resource_id);
bool is_capacity_reservation(std::string_view resource_id);
/// The capacity reservation that additionalInfo names; empty if it names none.
std::string capacity_reservation_in(std::string_view additional_info);
std::string region_id(std::string_view location);  ///< `eastus` of `East US` or `eastus`.

/// Tags or additionalInfo as a JSON object: braces are added if the file leaves them out. Nothing if it is still not
/// JSON.
std::optional<std::string> json_object(std::string_view text);
/// The same, but a text that is not JSON is kept as the member `x_unreadable` of an object. Empty for blanks.
std::string json_object_or_kept(std::string_view text);
/// The same for tags, whose values are texts (tags.h).
std::string tags_object(std::string_view text);
/// How an object of `json_object_or_kept` begins that contains a text which is not JSON.
inline constexpr std::string_view kUnreadableObject = R"({"x_unreadable":)";

/// `10 Hours` is 10 `Hours`; `10K/Month` is 10000 `Units/Month`; without a number the block is 1.
struct UnitOfMeasure {
  Decimal block_size;
  std::string unit;
};
UnitOfMeasure unit_of_measure(std::string_view text);

/// A term in months: `12`, `1Year`, `3 Years`, `P1Y`, `P1M`. Nothing if it is none of these.
std::optional<std::int64_t> term_months(std::string_view text);

/// The partner's credit as a fraction of one: rates above 1 are percentages.
Decimal credit_rate(Decimal written);

}  // namespace apportion
