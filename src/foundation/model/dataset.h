/// The datasets that are imported: what Azure Cost Management exports, by the names it gives them in manifests;
/// Microsoft's own lines of an invoice; bills of another program, and of a distributor.
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
  kInvoiceReconciliation,  ///< Of Partner Center: everything that an invoice bills.
  kDailyRatedUsage,        ///< Of Partner Center: the consumption that an invoice bills, by day.
  kLegacyBill,             ///< What customers cost by another program's account, by month.
  kDistributorBill,        ///< What a distributor bills an indirect reseller, by month.
};

/// `ActualCost`, `AmortizedCost`, …
std::string_view dataset_name(Dataset dataset);

/// Reads a name in any case; the legacy `Usage` is `ActualCost`.
std::optional<Dataset> parse_dataset(std::string_view name);

/// Those that Cost Management exports, with charges first.
inline constexpr std::array kDatasets = {Dataset::kActualCost,
                                         Dataset::kAmortizedCost,
                                         Dataset::kFocusCost,
                                         Dataset::kPriceSheet,
                                         Dataset::kReservationDetails,
                                         Dataset::kReservationTransactions,
                                         Dataset::kReservationRecommendations};

/// Those of Partner Center and Microsoft Graph: one import of them is one invoice.
inline constexpr std::array kInvoiceDatasets = {Dataset::kInvoiceReconciliation, Dataset::kDailyRatedUsage};

/// The name in options and JSON of this program: `actual`, `amortized`, `focus`, `price-sheet`, `reservation-details`,
/// …
std::string_view dataset_short_name(Dataset dataset);

/// Whether the dataset contains charges (the others contain prices or invoice lines, or describe commitments).
constexpr bool holds_charges(Dataset dataset) {
  return dataset == Dataset::kActualCost || dataset == Dataset::kAmortizedCost || dataset == Dataset::kFocusCost;
}

/// Whether the dataset describes commitments: reservation details, transactions and recommendations.
constexpr bool tells_of_commitments(Dataset dataset) {
  return dataset == Dataset::kReservationDetails || dataset == Dataset::kReservationTransactions ||
         dataset == Dataset::kReservationRecommendations;
}

/// Whether the dataset contains lines of what was billed: charges are compared with them, and do not change by them.
constexpr bool holds_invoice_lines(Dataset dataset) {
  return dataset == Dataset::kInvoiceReconciliation || dataset == Dataset::kDailyRatedUsage ||
         dataset == Dataset::kLegacyBill || dataset == Dataset::kDistributorBill;
}

}  // namespace apportion
