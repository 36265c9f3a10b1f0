#include "foundation/model/dataset.h"

#include <algorithm>
#include <array>

#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

struct Names {
  Dataset dataset;
  std::string_view azure;
  std::string_view own;
};

constexpr auto kNames = std::to_array<Names>({
    {Dataset::kActualCost, "ActualCost", "actual"},
    {Dataset::kAmortizedCost, "AmortizedCost", "amortized"},
    {Dataset::kFocusCost, "FocusCost", "focus"},
    {Dataset::kPriceSheet, "PriceSheet", "price-sheet"},
    {Dataset::kReservationDetails, "ReservationDetails", "reservation-details"},
    {Dataset::kReservationTransactions, "ReservationTransactions", "reservation-transactions"},
    {Dataset::kReservationRecommendations, "ReservationRecommendations", "reservation-recommendations"},
    {Dataset::kInvoiceReconciliation, "InvoiceReconciliation", "invoice-reconciliation"},
    {Dataset::kDailyRatedUsage, "DailyRatedUsage", "daily-rated-usage"},
    {Dataset::kLegacyBill, "LegacyBill", "legacy-bill"},
    {Dataset::kDistributorBill, "DistributorBill", "distributor-bill"},
});

constexpr std::string_view kLegacyActualCost = "Usage";

const Names& names_of(Dataset dataset) {
  const auto* found =
      std::find_if(kNames.begin(), kNames.end(), [dataset](const Names& names) { return names.dataset == dataset; });
  APPORTION_CHECK(found != kNames.end(), "a dataset has no name");
  return *found;
}

}  // namespace

std::string_view dataset_name(Dataset dataset) { return names_of(dataset).azure; }

std::string_view dataset_short_name(Dataset dataset) { return names_of(dataset).own; }

std::optional<Dataset> parse_dataset(std::string_view name) {
  if (ascii_equal_ignoring_case(name, kLegacyActualCost)) return Dataset::kActualCost;
  for (const Names& names : kNames) {
    if (ascii_equal_ignoring_case(name, names.azure)) return names.dataset;
  }
  return std::nullopt;
}

}  // namespace apportion
