/// The columns of Azure's cost files, by the names used in the files: what ingest recognises and normalise maps.
///
/// Two families exist for the same money: *cost details* (actual and amortized files of MPA, MCA, CSP subscription and
/// EA) and *FOCUS*. Three more describe reservations and one contains prices: none of these contains charges. Sources:
/// Microsoft's schema pages of the cost and usage details datasets (MPA and MCA 2023-12-01-preview, EA 2024-08-01) and
/// of FOCUS 1.0, 1.0r2 and 1.2-preview; header variants seen in real files.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "foundation/model/source_batch.h"

namespace apportion {

/// How a cell is read.
enum class CellKind { kText, kDecimal, kDay };

/// A column that may stand in a file.
struct SourceField {
  std::string_view name;      ///< As documented.
  std::string_view synonyms;  ///< Other names for it, separated by `|`, best first. Compared ignoring case.
  CellKind kind = CellKind::kText;
  bool required = false;    ///< Without this column a file cannot be used for billing.
  std::string_view column;  ///< The column of the lake it becomes; empty for cost details.
  /// Whether a column under a synonym is also kept in x_OtherColumns, because it says more than the field.
  bool keeps_synonym = false;
};

/// Positions in `cost_details_fields()`.
enum class CostField : std::uint8_t {
  kInvoiceId,
  kPreviousInvoiceId,
  kBillingAccountId,
  kBillingAccountName,
  kBillingProfileId,
  kBillingProfileName,
  kInvoiceSectionId,
  kInvoiceSectionName,
  kPartnerTenantId,
  kPartnerName,
  kResellerName,
  kResellerMpnId,
  kCustomerTenantId,
  kCustomerName,
  kCostCenter,
  kBillingPeriodEndDate,
  kBillingPeriodStartDate,
  kServicePeriodEndDate,
  kServicePeriodStartDate,
  kDate,
  kServiceFamily,
  kProductOrderId,
  kProductOrderName,
  kConsumedService,
  kMeterId,
  kMeterName,
  kMeterCategory,
  kMeterSubCategory,
  kMeterRegion,
  kProductId,
  kProductName,
  kSubscriptionId,
  kSubscriptionName,
  kPublisherType,
  kPublisherId,
  kPublisherName,
  kResourceGroupName,
  kResourceId,
  kResourceLocation,
  kLocation,
  kEffectivePrice,
  kQuantity,
  kUnitOfMeasure,
  kChargeType,
  kBillingCurrency,
  kPricingCurrency,
  kCost,
  kCostInPricingCurrency,
  kCostInUsd,
  kPaygCost,
  kPaygCostInUsd,
  kExchangeRate,
  kExchangeRateDate,
  kIsAzureCreditEligible,
  kServiceInfo1,
  kServiceInfo2,
  kAdditionalInfo,
  kTags,
  kPartnerCreditRate,
  kPartnerCreditApplied,
  kPayGPrice,
  kFrequency,
  kTerm,
  kReservationId,
  kReservationName,
  kPricingModel,
  kUnitPrice,
  kBenefitId,
  kBenefitName,
  kProvider,
  kCostAllocationRuleName,
  kAccountName,
  kAccountId,
  kAccountOwnerId,
  kOfferId,
  kPartNumber,
  kPlanName,
  kAvailabilityZone,
  kResourceName,
  kCount,
};

std::span<const SourceField> cost_details_fields();
std::span<const SourceField> focus_fields();
/// Reservation details 2023-03-01, transactions 2023-05-01 (MCA, EA), recommendations 2023-05-01 (MCA, EA). `column` is
/// the name under which the lake keeps the cell.
std::span<const SourceField> reservation_details_fields();
std::span<const SourceField> reservation_transactions_fields();
std::span<const SourceField> reservation_recommendations_fields();
/// The price sheet 2023-05-01 of a billing profile (MCA, MPA); that of an enrollment (EA) has some of its columns.
std::span<const SourceField> price_sheet_fields();

/// The fields of the family that a kind of file belongs to.
std::span<const SourceField> fields_of(SourceKind kind);

}  // namespace apportion
