#include "pipeline/commitments/commitment.h"

#include <algorithm>
#include <array>

#include "foundation/base/check.h"
#include "foundation/base/guid.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr auto kFieldNames = std::to_array<std::string_view>(
    {"Kind",    "OrderId",          "Name",           "Sku",           "Quantity",      "Region",   "TermMonths",
     "Scope",   "BillingPlan",      "Buyer",          "BuyerTenantId", "PurchaseDay",   "StartDay", "ExpiryDay",
     "Renewal", "HourlyCommitment", "HourlyCurrency", "Price",         "PriceCurrency", "State",    "ExchangedFor"});
static_assert(kFieldNames.size() == static_cast<std::size_t>(CommitmentField::kCount));

// The part of a path behind a segment; empty when it is not there.
std::string_view segment_after(std::string_view path, std::string_view segment) {
  const auto found = path.find(segment);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = path.substr(found + segment.size());
  return rest.substr(0, rest.find('/'));
}

}  // namespace

std::string_view commitment_kind_name(CommitmentKind kind) {
  switch (kind) {
    case CommitmentKind::kUnknown: return "";
    case CommitmentKind::kReservation: return "Reservation";
    case CommitmentKind::kSavingsPlan: return "Savings Plan";
  }
  return "";
}

std::string_view commitment_source_name(CommitmentSource source) {
  switch (source) {
    case CommitmentSource::kCharges: return "charges";
    case CommitmentSource::kTransactions: return "reservation transactions";
    case CommitmentSource::kDetails: return "reservation details";
    case CommitmentSource::kAzure: return "azure";
  }
  return "";
}

std::string_view commitment_field_name(CommitmentField field) {
  APPORTION_CHECK(field < CommitmentField::kCount, "a field of a commitment has a name");
  return kFieldNames[static_cast<std::size_t>(field)];
}

CommitmentIds parse_commitment_id(std::string_view text) {
  const std::string lower = ascii_lower(trim(text));
  const std::string_view path = lower;
  CommitmentIds ids;
  if (path.find("reservationorders/") != std::string_view::npos) {
    ids.kind = CommitmentKind::kReservation;
    ids.order = segment_after(path, "reservationorders/");
    ids.id = segment_after(path, "/reservations/");
  } else if (path.find("savingsplanorders/") != std::string_view::npos) {
    ids.kind = CommitmentKind::kSavingsPlan;
    ids.order = segment_after(path, "savingsplanorders/");
    ids.id = segment_after(path, "/savingsplans/");
  } else if (const auto slash = path.find('/');
             slash != std::string_view::npos && is_guid(path.substr(0, slash)) && is_guid(path.substr(slash + 1))) {
    ids.order = path.substr(0, slash);
    ids.id = path.substr(slash + 1);
  } else {
    ids.id = lower;
  }
  return ids;
}

std::string_view Commitment::value(CommitmentField field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? std::string_view() : std::string_view(found->second.value);
}

std::optional<Day> Commitment::day(CommitmentField field) const { return Day::parse(value(field)); }

std::optional<Decimal> Commitment::decimal(CommitmentField field) const {
  const auto parsed = Decimal::parse(value(field));
  return parsed.error == DecimalError::kNone ? std::optional(parsed.value) : std::nullopt;
}

std::size_t Commitment::conflicts() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [](const auto& field) { return !field.second.conflicts.empty(); }));
}

}  // namespace apportion
