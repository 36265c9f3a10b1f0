#include "foundation/model/dataset.h"

#include <array>
#include <utility>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr auto kNames = std::to_array<std::pair<Dataset, std::string_view>>({
    {Dataset::kActualCost, "ActualCost"},
    {Dataset::kAmortizedCost, "AmortizedCost"},
    {Dataset::kFocusCost, "FocusCost"},
    {Dataset::kPriceSheet, "PriceSheet"},
    {Dataset::kReservationDetails, "ReservationDetails"},
    {Dataset::kReservationTransactions, "ReservationTransactions"},
    {Dataset::kReservationRecommendations, "ReservationRecommendations"},
    {Dataset::kActualCost, "Usage"},
});

}  // namespace

std::string_view dataset_name(Dataset dataset) {
  for (const auto& [value, name] : kNames) {
    if (value == dataset) return name;
  }
  return {};
}

std::optional<Dataset> parse_dataset(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (ascii_equal_ignoring_case(name, known)) return value;
  }
  return std::nullopt;
}

}  // namespace apportion
