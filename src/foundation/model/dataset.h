/// The datasets that Azure Cost Management exports, by the names it gives them in manifests.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace apportion {

enum class Dataset {
  kActualCost,
  kAmortizedCost,
  kFocusCost,
  kPriceSheet,
  kReservationDetails,
  kReservationTransactions,
  kReservationRecommendations,
};

/// `ActualCost`, `AmortizedCost`, …
std::string_view dataset_name(Dataset dataset);

/// Reads a name in any case; the legacy `Usage` is `ActualCost`.
std::optional<Dataset> parse_dataset(std::string_view name);

/// All of them, those with charges first.
inline constexpr std::array kDatasets = {Dataset::kActualCost,
                                         Dataset::kAmortizedCost,
                                         Dataset::kFocusCost,
                                         Dataset::kPriceSheet,
                                         Dataset::kReservationDetails,
                                         Dataset::kReservationTransactions,
                                         Dataset::kReservationRecommendations};

/// The name in options and JSON of this program: `actual`, `amortized`, `focus`, `price-sheet`, `reservation-details`,
/// …
std::string_view dataset_short_name(Dataset dataset);

/// Whether the dataset contains charges (the others contain prices, or describe commitments).
constexpr bool holds_charges(Dataset dataset) {
  return dataset == Dataset::kActualCost || dataset == Dataset::kAmortizedCost || dataset == Dataset::kFocusCost;
}

/// Whether the dataset describes commitments: reservation details, transactions and recommendations.
constexpr bool tells_of_commitments(Dataset dataset) {
  return dataset == Dataset::kReservationDetails || dataset == Dataset::kReservationTransactions ||
         dataset == Dataset::kReservationRecommendations;
}

}  // namespace apportion
