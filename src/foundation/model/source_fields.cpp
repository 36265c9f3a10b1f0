#include "foundation/model/source_fields.h"

#include <array>

namespace apportion {
namespace {

using enum CellKind;

// In the order of CostField. Synonyms: older MCA files, EA, pay-as-you-go.
constexpr auto kCostDetails = std::to_array<SourceField>({
    {"invoiceId", "", kText, false, ""},
    {"previousInvoiceId", "", kText, false, ""},
    {"billingAccountId", "", kText, false, ""},
    {"billingAccountName", "", kText, false, ""},
    {"billingProfileId", "", kText, false, ""},
    {"billingProfileName", "", kText, false, ""},
    {"invoiceSectionId", "", kText, false, ""},
    {"invoiceSectionName", "InvoiceSection|DepartmentName", kText, false, ""},
    {"partnerTenantId", "", kText, false, ""},
    {"partnerName", "", kText, false, ""},
    {"resellerName", "", kText, false, ""},
    {"resellerMpnId", "", kText, false, ""},
    {"customerTenantId", "", kText, false, ""},
    {"customerName", "", kText, false, ""},
    {"costCenter", "", kText, false, ""},
    {"billingPeriodEndDate", "billingPeriodEnd", kDay, false, ""},
    {"billingPeriodStartDate", "billingPeriodStart", kDay, false, ""},
    {"servicePeriodEndDate", "servicePeriodEnd", kDay, false, ""},
    {"servicePeriodStartDate", "servicePeriodStart", kDay, false, ""},
    {"date", "UsageDateTime|usageDate", kDay, true, ""},
    {"serviceFamily", "", kText, false, ""},
    {"productOrderId", "", kText, false, ""},
    {"productOrderName", "", kText, false, ""},
    {"consumedService", "", kText, false, ""},
    {"meterId", "ResourceGuid", kText, false, ""},
    {"meterName", "", kText, false, ""},
    {"meterCategory", "ServiceName", kText, false, ""},
    {"meterSubCategory", "ServiceTier", kText, false, ""},
    {"meterRegion", "", kText, false, ""},
    {"ProductId", "", kText, false, ""},
    {"ProductName", "product", kText, false, ""},
    {"SubscriptionId", "SubscriptionGuid", kText, false, ""},
    {"subscriptionName", "", kText, false, ""},
    {"publisherType", "", kText, false, ""},
    {"publisherId", "", kText, false, ""},
    {"publisherName", "", kText, false, ""},
    {"resourceGroupName", "ResourceGroup", kText, false, ""},
    {"ResourceId", "InstanceName|InstanceId", kText, false, ""},
    {"resourceLocation", "", kText, false, ""},
    {"location", "resourceLocationNormalized", kText, false, ""},
    {"effectivePrice", "", kDecimal, false, ""},
    {"quantity", "UsageQuantity|ConsumedQuantity", kDecimal, false, ""},
    {"unitOfMeasure", "", kText, false, ""},
    {"chargeType", "", kText, true, ""},
    {"billingCurrency", "billingCurrencyCode|currency", kText, true, ""},
    {"pricingCurrency", "pricingCurrencyCode", kText, false, ""},
    {"costInBillingCurrency", "Cost|PreTaxCost", kDecimal, true, ""},
    {"costInPricingCurrency", "", kDecimal, false, ""},
    {"costInUsd", "CostUSD", kDecimal, false, ""},
    {"paygCostInBillingCurrency", "", kDecimal, false, ""},
    {"paygCostInUsd", "", kDecimal, false, ""},
    {"exchangeRatePricingToBilling", "exchangeRate", kDecimal, false, ""},
    {"exchangeRateDate", "", kDay, false, ""},
    {"isAzureCreditEligible", "isCreditEligible", kText, false, ""},
    {"serviceInfo1", "", kText, false, ""},
    {"serviceInfo2", "", kText, false, ""},
    {"additionalInfo", "", kText, false, ""},
    {"tags", "", kText, false, ""},
    {"partnerEarnedCreditRate", "", kDecimal, false, ""},
    {"partnerEarnedCreditApplied", "", kText, false, ""},
    {"PayGPrice", "", kDecimal, false, ""},
    {"frequency", "", kText, false, ""},
    {"term", "", kText, false, ""},
    {"reservationId", "", kText, false, ""},
    {"reservationName", "", kText, false, ""},
    {"pricingModel", "", kText, false, ""},
    {"unitPrice", "ResourceRate", kDecimal, false, ""},
    {"benefitId", "", kText, false, ""},
    {"benefitName", "", kText, false, ""},
    {"provider", "", kText, false, ""},
    {"costAllocationRuleName", "", kText, false, ""},
    {"AccountName", "", kText, false, ""},
    {"AccountId", "", kText, false, ""},
    {"AccountOwnerId", "", kText, false, ""},
    {"OfferId", "", kText, false, ""},
    {"PartNumber", "", kText, false, ""},
    {"PlanName", "", kText, false, ""},
    {"AvailabilityZone", "", kText, false, ""},
    {"ResourceName", "", kText, false, ""},
});
static_assert(kCostDetails.size() == static_cast<std::size_t>(CostField::kCount), "a field is missing or too many");

constexpr SourceField text(std::string_view name, std::string_view column, std::string_view synonyms = "") {
  return {name, synonyms, kText, false, column};
}
constexpr SourceField decimal(std::string_view name, std::string_view column, bool required = false) {
  return {name, "", kDecimal, required, column};
}
constexpr SourceField older_decimal(std::string_view name, std::string_view synonyms) {
  return {name, synonyms, kDecimal, false, name};
}
constexpr SourceField day(std::string_view name, std::string_view column, bool required = false) {
  return {name, "", kDay, required, column};
}
constexpr SourceField needed(std::string_view name, std::string_view column) { return {name, "", kText, true, column}; }

// Synonyms are the names of 1.0-preview(v1) and, for three columns, of 1.0.
constexpr auto kFocus = std::to_array<SourceField>({
    text("AvailabilityZone", "AvailabilityZone"),
    decimal("BilledCost", "BilledCost", true),
    text("BillingAccountId", "BillingAccountId"),
    text("BillingAccountName", "BillingAccountName"),
    text("BillingAccountType", "BillingAccountType"),
    needed("BillingCurrency", "BillingCurrency"),
    day("BillingPeriodEnd", "BillingPeriodEnd"),
    day("BillingPeriodStart", "BillingPeriodStart"),
    text("CapacityReservationId", "CapacityReservationId"),
    text("CapacityReservationStatus", "CapacityReservationStatus"),
    needed("ChargeCategory", "ChargeCategory"),
    text("ChargeClass", "ChargeClass"),
    text("ChargeDescription", "ChargeDescription"),
    text("ChargeFrequency", "ChargeFrequency"),
    day("ChargePeriodEnd", "ChargePeriodEnd"),
    day("ChargePeriodStart", "ChargePeriodStart", true),
    text("CommitmentDiscountCategory", "CommitmentDiscountCategory"),
    text("CommitmentDiscountId", "CommitmentDiscountId"),
    text("CommitmentDiscountName", "CommitmentDiscountName"),
    decimal("CommitmentDiscountQuantity", "CommitmentDiscountQuantity"),
    {"CommitmentDiscountStatus", "ChargeSubcategory", kText, false, "CommitmentDiscountStatus", true},
    text("CommitmentDiscountType", "CommitmentDiscountType"),
    text("CommitmentDiscountUnit", "CommitmentDiscountUnit"),
    older_decimal("ConsumedQuantity", "UsageQuantity"),
    text("ConsumedUnit", "ConsumedUnit", "UsageUnit"),
    older_decimal("ContractedCost", "x_OnDemandCost"),
    older_decimal("ContractedUnitPrice", "x_OnDemandUnitPrice"),
    decimal("EffectiveCost", "EffectiveCost", true),
    text("InvoiceId", "InvoiceId", "x_InvoiceId"),
    text("InvoiceIssuerName", "InvoiceIssuerName"),
    decimal("ListCost", "ListCost"),
    decimal("ListUnitPrice", "ListUnitPrice"),
    text("PricingCategory", "PricingCategory"),
    text("PricingCurrency", "PricingCurrency", "x_PricingCurrency"),
    decimal("PricingQuantity", "PricingQuantity"),
    text("PricingUnit", "PricingUnit"),
    text("ProviderName", "ProviderName"),
    text("PublisherName", "PublisherName"),
    text("RegionId", "RegionId"),
    text("RegionName", "RegionName", "Region"),
    text("ResourceId", "ResourceId"),
    text("ResourceName", "ResourceName"),
    text("ResourceType", "ResourceType"),
    text("ServiceCategory", "ServiceCategory"),
    text("ServiceName", "ServiceName"),
    text("ServiceSubcategory", "ServiceSubcategory"),
    text("SkuId", "SkuId"),
    text("SkuMeter", "SkuMeter", "x_SkuMeterName"),
    text("SkuPriceDetails", "SkuPriceDetails"),
    text("SkuPriceId", "SkuPriceId"),
    text("SubAccountId", "SubAccountId"),
    text("SubAccountName", "SubAccountName"),
    text("SubAccountType", "SubAccountType"),
    text("Tags", "Tags"),
    text("x_AccountId", "x_AccountId"),
    text("x_AccountName", "x_AccountName"),
    text("x_AccountOwnerId", "x_AccountOwnerId"),
    text("x_AmortizationClass", "x_AmortizationClass"),
    decimal("x_BilledCostInUsd", "x_CostInUsd"),
    text("x_BillingAccountId", "x_BillingAccountId"),
    text("x_BillingAccountName", "x_BillingAccountName"),
    decimal("x_BillingExchangeRate", "x_BillingExchangeRate"),
    day("x_BillingExchangeRateDate", "x_BillingExchangeRateDate"),
    text("x_CostAllocationRuleName", "x_CostAllocationRuleName"),
    text("x_CostCenter", "x_CostCenter"),
    text("x_CustomerId", "x_CustomerTenantId"),
    text("x_CustomerName", "x_CustomerTenantName"),
    decimal("x_EffectiveUnitPrice", "x_EffectiveUnitPrice"),
    text("x_InvoiceIssuerId", "x_PartnerTenantId"),
    text("x_InvoiceSectionId", "x_InvoiceSectionId"),
    text("x_InvoiceSectionName", "x_InvoiceSectionName"),
    decimal("x_ListCostInUsd", "x_ListCostInUsd"),
    text("x_PartnerCreditApplied", "x_PartnerCreditApplied"),
    decimal("x_PartnerCreditRate", "x_PartnerCreditRate"),
    decimal("x_PricingBlockSize", "x_PricingBlockSize"),
    text("x_PricingSubcategory", "x_PricingSubcategory"),
    text("x_PricingUnitDescription", "x_PricingUnitDescription"),
    text("x_PublisherCategory", "x_PublisherType"),
    text("x_PublisherId", "x_PublisherId"),
    text("x_ResellerId", "x_ResellerId"),
    text("x_ResellerName", "x_ResellerName"),
    text("x_ResourceGroupName", "x_ResourceGroupName"),
    text("x_ServiceModel", "x_ServiceModel"),
    day("x_ServicePeriodEnd", "x_ServicePeriodEnd"),
    day("x_ServicePeriodStart", "x_ServicePeriodStart"),
    text("x_SkuDetails", "x_SkuDetails"),
    text("x_SkuIsCreditEligible", "x_IsCreditEligible"),
    text("x_SkuMeterCategory", "x_SkuMeterCategory"),
    text("x_SkuMeterId", "x_SkuMeterId"),
    text("x_SkuMeterSubcategory", "x_SkuMeterSubcategory"),
    text("x_SkuOfferId", "x_SkuOfferId"),
    text("x_SkuOrderId", "x_SkuOrderId"),
    text("x_SkuOrderName", "x_SkuOrderName"),
    text("x_SkuPartNumber", "x_SkuPartNumber"),
    text("x_SkuPlanName", "x_SkuPlanName"),
    text("x_SkuRegion", "x_SkuRegion"),
    text("x_SkuServiceFamily", "x_ServiceFamily"),
    text("x_SkuTerm", "x_SkuTerm"),
    text("x_SkuTier", "x_SkuTier"),
});

// One row a reservation, instance and day.
constexpr auto kReservationDetails = std::to_array<SourceField>({
    text("InstanceFlexibilityGroup", "InstanceFlexibilityGroup"),
    decimal("InstanceFlexibilityRatio", "InstanceFlexibilityRatio"),
    text("InstanceId", "InstanceId"),
    text("Kind", "Kind"),
    text("ReservationOrderId", "ReservationOrderId"),
    text("ReservationId", "ReservationId"),
    decimal("ReservedHours", "ReservedHours", true),
    text("SkuName", "SkuName"),
    decimal("TotalReservedQuantity", "TotalReservedQuantity"),
    day("UsageDate", "UsageDate", true),
    decimal("UsedHours", "UsedHours", true),
});

// One row a purchase, payment, refund, exchange or cancellation.
constexpr auto kReservationTransactions = std::to_array<SourceField>({
    decimal("Amount", "Amount", true),
    text("ArmSkuName", "ArmSkuName"),
    text("BillingFrequency", "BillingFrequency"),
    text("BillingProfileId", "BillingProfileId"),
    text("BillingProfileName", "BillingProfileName"),
    text("Currency", "Currency"),
    text("Description", "Description"),
    day("EventDate", "EventDate", true),
    text("EventType", "EventType"),
    text("Invoice", "Invoice"),
    text("InvoiceId", "InvoiceId"),
    text("InvoiceSectionId", "InvoiceSectionId"),
    text("InvoiceSectionName", "InvoiceSectionName"),
    text("PurchasingSubscriptionGuid", "PurchasingSubscriptionId"),
    text("PurchasingSubscriptionName", "PurchasingSubscriptionName"),
    decimal("Quantity", "Quantity"),
    text("Region", "Region"),
    text("ReservationOrderId", "ReservationOrderId"),
    text("ReservationOrderName", "ReservationOrderName"),
    text("Term", "Term"),
});

// One row a recommended purchase. Amounts of MCA files are JSON objects, so they are kept as text; the first day of use
// is of any year, so nothing could decide in which order a file writes it: text too.
constexpr auto kReservationRecommendations = std::to_array<SourceField>({
    text("Cost With No ReservedInstances", "CostWithoutReservation", "CostWithNoReservedInstances"),
    text("First UsageDate", "FirstUsageDate"),
    decimal("Instance Flexibility Ratio", "InstanceFlexibilityRatio"),
    text("Instance Flexibility Group", "InstanceFlexibilityGroup"),
    text("Location", "Location"),
    text("LookBackPeriod", "LookBackPeriod"),
    text("MeterID", "MeterId"),
    text("Net Savings", "NetSavings"),
    text("Normalized Size", "NormalizedSize"),
    decimal("Recommended Quantity", "RecommendedQuantity", true),
    decimal("Recommended Quantity Normalized", "RecommendedQuantityNormalized"),
    text("ResourceType", "ResourceType"),
    text("scope", "Scope"),
    text("SkuName", "SkuName", "SKU"),
    text("Sku Properties", "SkuProperties"),
    text("Term", "Term"),
    text("Total Cost With ReservedInstances", "CostWithReservation"),
    text("SubscriptionId", "SubscriptionId"),
});

// One row a price of a meter. An enrollment is no billing profile: its sheet leaves that column empty.
constexpr auto kPriceSheet = std::to_array<SourceField>({
    text("BillingAccountId", "BillingAccountId", "EnrollmentNumber"),
    text("BillingAccountName", "BillingAccountName"),
    text("BillingProfileId", "BillingProfileId"),
    text("BillingProfileName", "BillingProfileName"),
    text("ServiceFamily", "ServiceFamily"),
    text("Product", "Product"),
    text("ProductId", "ProductId"),
    text("SkuId", "SkuId"),
    text("UnitOfMeasure", "UnitOfMeasure"),
    needed("MeterId", "MeterId"),
    text("MeterName", "MeterName"),
    text("MeterType", "MeterType"),
    text("MeterCategory", "MeterCategory"),
    text("MeterSubCategory", "MeterSubCategory"),
    text("MeterRegion", "MeterRegion"),
    text("TierMinimumUnits", "TierMinimumUnits"),
    day("EffectiveStartDate", "EffectiveStartDate"),
    day("EffectiveEndDate", "EffectiveEndDate"),
    decimal("UnitPrice", "UnitPrice"),
    decimal("BasePrice", "BasePrice"),
    decimal("MarketPrice", "MarketPrice"),
    text("Currency", "Currency", "CurrencyCode"),
    text("BillingCurrency", "BillingCurrency"),
    text("Term", "Term"),
    text("PriceType", "PriceType"),
    text("PartNumber", "PartNumber"),
    text("OfferId", "OfferId"),
    decimal("IncludedQuantity", "IncludedQuantity"),
});

}  // namespace

std::span<const SourceField> cost_details_fields() { return kCostDetails; }
std::span<const SourceField> focus_fields() { return kFocus; }
std::span<const SourceField> reservation_details_fields() { return kReservationDetails; }
std::span<const SourceField> reservation_transactions_fields() { return kReservationTransactions; }
std::span<const SourceField> reservation_recommendations_fields() { return kReservationRecommendations; }
std::span<const SourceField> price_sheet_fields() { return kPriceSheet; }

std::span<const SourceField> fields_of(SourceKind kind) {
  switch (kind) {
    case SourceKind::kMpa:
    case SourceKind::kMca:
    case SourceKind::kCspSubscription:
    case SourceKind::kEa: return kCostDetails;
    case SourceKind::kFocus: return kFocus;
    case SourceKind::kReservationDetails: return kReservationDetails;
    case SourceKind::kReservationTransactions: return kReservationTransactions;
    case SourceKind::kReservationRecommendations: return kReservationRecommendations;
    case SourceKind::kPriceSheet: return kPriceSheet;
  }
  return kCostDetails;
}

}  // namespace apportion
