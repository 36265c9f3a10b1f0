#include "foundation/model/charge_columns.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>
#include <vector>

#include "foundation/base/check.h"
#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr auto kExact = ColumnMatch::kExact;
constexpr auto kIgnoreCase = ColumnMatch::kIgnoreCase;
constexpr auto kBlank = ForeignRows::kBlank;
constexpr auto kShown = ForeignRows::kShown;
using enum Audience;
using enum ColumnType;

constexpr auto kColumns = std::to_array<ChargeColumn>({
    // Where the row comes from
    {"x_RowId", kInteger, kExact, kPartner, kBlank, true, "Names the row for ever: import and ordinal"},
    {"x_ImportId", kInteger, kExact, kPartner, kBlank, true, "The import that brought the row"},
    {"x_BillSource", kText, kExact, kPartner, kBlank, true, "Name of the connection"},
    {"x_SourceFile", kText, kExact, kPartner, kBlank, true, "Blob that held the row"},
    {"x_SourceLine", kInteger, kExact, kPartner, kBlank, true, "Line of the row in that file (row number in Parquet)"},
    {"x_SourceChanges", kText, kExact, kPartner, kBlank, false, "What normalising changed in the row, and why"},
    {"x_OtherColumns", kJson, kExact, kPartner, kBlank, false, "Columns of the file without a column of their own"},
    // Who
    {"BillingAccountId", kText, kIgnoreCase, kPartner, kBlank, false, "Billing profile (MCA, MPA) or enrollment (EA)"},
    {"BillingAccountName", kText, kExact, kPartner, kBlank, false, "Name of the billing profile"},
    {"BillingAccountType", kText, kExact, kPartner, kBlank, false, "Billing Profile or Billing Account"},
    {"x_BillingAccountId", kText, kIgnoreCase, kPartner, kBlank, false, "The partner's billing account"},
    {"x_BillingAccountName", kText, kExact, kPartner, kBlank, false, "Name of the partner's billing account"},
    {"x_InvoiceSectionId", kText, kIgnoreCase, kPartner, kBlank, false, "Invoice section (not for partners)"},
    {"x_InvoiceSectionName", kText, kExact, kPartner, kBlank, false, "Name of the invoice section"},
    {"x_PartnerTenantId", kText, kIgnoreCase, kPartner, kBlank, false, "The partner's Entra tenant"},
    {"InvoiceIssuerName", kText, kExact, kPublic, kShown, false, "Who bills the customer: the partner"},
    {"x_ResellerName", kText, kExact, kPartner, kBlank, false, "Reseller of the subscription"},
    {"x_ResellerId", kText, kIgnoreCase, kPartner, kBlank, false, "Partner id (MPN) of the reseller"},
    {"x_CustomerTenantId", kText, kIgnoreCase, kPublic, kBlank, false,
     "The customer's Entra tenant: the first key of a split"},
    {"x_CustomerTenantName", kText, kExact, kPublic, kBlank, false, "Name of that tenant at Microsoft"},
    {"SubAccountId", kText, kIgnoreCase, kPublic, kBlank, false, "Subscription as an ARM path"},
    {"SubAccountName", kText, kExact, kPublic, kBlank, false, "Name of the subscription"},
    {"SubAccountType", kText, kExact, kPublic, kBlank, false, "Subscription"},
    {"x_SubscriptionId", kText, kIgnoreCase, kPublic, kBlank, false, "Subscription as a bare GUID"},
    {"x_CostCenter", kText, kExact, kPublic, kBlank, false, "Cost center"},
    // When
    {"BillingPeriodStart", kDay, kExact, kPublic, kShown, true, "First day of the bill month"},
    {"BillingPeriodEnd", kDay, kExact, kPublic, kShown, true, "Day after the last day of the bill month"},
    {"ChargePeriodStart", kDay, kExact, kPublic, kShown, true, "Day of the charge"},
    {"ChargePeriodEnd", kDay, kExact, kPublic, kShown, true, "Day after the charge"},
    {"x_ServicePeriodStart", kDay, kExact, kPublic, kShown, false, "First day of the rating period"},
    {"x_ServicePeriodEnd", kDay, kExact, kPublic, kShown, false, "Last day of the rating period, as delivered"},
    {"InvoiceId", kText, kExact, kPartner, kBlank, false, "Microsoft's invoice; empty while the month is open"},
    {"x_PreviousInvoiceId", kText, kExact, kPartner, kBlank, false, "Invoice that a refund corrects"},
    // What kind of charge
    {"ChargeCategory", kText, kExact, kPublic, kShown, true, "Usage, Purchase, Tax, Credit or Adjustment"},
    {"ChargeClass", kText, kExact, kPublic, kShown, false, "Correction, or empty"},
    {"ChargeDescription", kText, kExact, kPublic, kBlank, false, "Product in words"},
    {"ChargeFrequency", kText, kExact, kPublic, kShown, false, "One-Time, Recurring or Usage-Based"},
    {"x_ChargeType", kText, kExact, kPublic, kShown, false, "Charge type as Microsoft wrote it"},
    {"PricingCategory", kText, kExact, kPublic, kShown, false, "Standard, Committed, Dynamic or Other"},
    {"x_PricingModel", kText, kExact, kPublic, kShown, false, "Pricing model as Microsoft wrote it"},
    {"x_PricingSubcategory", kText, kExact, kPublic, kShown, false, "Microsoft's finer pricing category"},
    {"x_AmortizationClass", kText, kExact, kPublic, kShown, false, "Principal or Amortized Charge"},
    // Money, in the billing currency
    {"BillingCurrency", kText, kExact, kPublic, kShown, true, "ISO 4217"},
    {"BilledCost", kDecimal, kExact, kCostView, kShown, true, "What the invoice says (sums to the actual file)"},
    {"EffectiveCost", kDecimal, kExact, kCostView, kShown, true,
     "With commitments spread (sums to the amortized file)"},
    {"ListCost", kDecimal, kExact, kListView, kShown, false, "At the public pay-as-you-go price; empty when unknown"},
    {"ContractedCost", kDecimal, kExact, kBothViews, kShown, false, "At the negotiated unit price; empty when unknown"},
    {"ListUnitPrice", kDecimal, kExact, kListView, kShown, false, "Pay-as-you-go price of one pricing unit"},
    {"ContractedUnitPrice", kDecimal, kExact, kBothViews, kShown, false, "Negotiated price of one pricing unit"},
    {"x_EffectiveUnitPrice", kDecimal, kExact, kCostView, kShown, false, "Blended price, pricing currency"},
    {"x_UnitPrice", kDecimal, kExact, kBothViews, kShown, false, "Negotiated price as delivered, pricing currency"},
    {"x_PayGPrice", kDecimal, kExact, kListView, kShown, false, "Market price as delivered, pricing currency"},
    {"PricingCurrency", kText, kExact, kPublic, kShown, false, "Currency of the prices"},
    {"x_BillingExchangeRate", kDecimal, kExact, kPublic, kShown, false, "Pricing to billing currency"},
    {"x_BillingExchangeRateDate", kDay, kExact, kPublic, kShown, false, "Day of that rate"},
    {"x_CostInPricingCurrency", kDecimal, kExact, kCostView, kBlank, false, "Cost in the pricing currency"},
    {"x_CostInUsd", kDecimal, kExact, kCostView, kBlank, false, "Microsoft's estimate of the cost in USD"},
    {"x_ListCostInUsd", kDecimal, kExact, kListView, kBlank, false, "Microsoft's estimate of the list cost in USD"},
    {"x_PartnerCreditRate", kDecimal, kExact, kPartner, kBlank, false, "Partner earned credit, as a fraction of one"},
    {"x_PartnerCreditApplied", kText, kExact, kPartner, kBlank, false, "Whether the credit was given: True or False"},
    {"x_IsCreditEligible", kText, kExact, kPartner, kBlank, false, "Whether Azure credits may pay it"},
    // How much of what
    {"PricingQuantity", kDecimal, kExact, kPublic, kShown, false, "Quantity in pricing units"},
    {"PricingUnit", kText, kExact, kPublic, kShown, false, "Unit of the pricing quantity"},
    {"x_PricingUnitDescription", kText, kExact, kPublic, kShown, false, "Unit of measure as delivered: `10 Hours`"},
    {"x_PricingBlockSize", kDecimal, kExact, kPublic, kShown, false, "How many units a block of the description holds"},
    {"ConsumedQuantity", kDecimal, kExact, kPublic, kShown, false, "Quantity used; empty for purchases"},
    {"ConsumedUnit", kText, kExact, kPublic, kShown, false, "Unit of the consumed quantity"},
    {"ProviderName", kText, kExact, kPublic, kShown, false, "Azure, Microsoft 365, …"},
    {"PublisherName", kText, kExact, kPublic, kShown, false, "Who makes the service"},
    {"x_PublisherId", kText, kExact, kPublic, kBlank, false, "Id of the publisher"},
    {"x_PublisherType", kText, kExact, kPublic, kShown, false, "Microsoft, Azure or Marketplace"},
    {"ServiceCategory", kText, kExact, kPublic, kShown, false, "FOCUS service category"},
    {"ServiceSubcategory", kText, kExact, kPublic, kShown, false, "FOCUS service subcategory"},
    {"ServiceName", kText, kExact, kPublic, kShown, false, "Service: the meter category"},
    {"x_ServiceFamily", kText, kExact, kPublic, kShown, false, "Microsoft's service family"},
    {"x_ConsumedService", kText, kIgnoreCase, kPublic, kBlank, false, "Resource provider: Microsoft.Compute"},
    {"x_ServiceModel", kText, kExact, kPublic, kShown, false, "IaaS, PaaS or SaaS"},
    {"SkuId", kText, kExact, kPublic, kBlank, false, "Product and SKU"},
    {"SkuPriceId", kText, kExact, kPublic, kBlank, false, "SKU at one price"},
    {"SkuMeter", kText, kExact, kPublic, kShown, false, "Meter name"},
    {"SkuPriceDetails", kJson, kExact, kPublic, kBlank, false, "Properties of the SKU"},
    {"x_SkuMeterId", kText, kIgnoreCase, kPublic, kShown, false, "Meter GUID"},
    {"x_SkuMeterCategory", kText, kExact, kPublic, kShown, false, "Meter category"},
    {"x_SkuMeterSubcategory", kText, kExact, kPublic, kShown, false, "Meter subcategory"},
    {"x_SkuRegion", kText, kExact, kPublic, kBlank, false, "Meter region"},
    {"x_SkuOrderId", kText, kIgnoreCase, kPublic, kBlank, false, "Product order: Azure plan or commitment order"},
    {"x_SkuOrderName", kText, kExact, kPublic, kBlank, false, "Name of the product order"},
    {"x_SkuTerm", kInteger, kExact, kPublic, kBlank, false, "Term of a commitment in months"},
    {"x_SkuDetails", kJson, kExact, kPublic, kBlank, false, "additionalInfo as JSON"},
    {"x_SkuOfferId", kText, kExact, kPublic, kBlank, false, "Offer (EA)"},
    {"x_SkuPartNumber", kText, kExact, kPublic, kBlank, false, "Part number (EA)"},
    {"x_SkuPlanName", kText, kExact, kPublic, kBlank, false, "Marketplace plan"},
    {"x_SkuTier", kText, kExact, kPublic, kBlank, false, "Price tier"},
    {"x_ServiceInfo1", kText, kExact, kPublic, kBlank, false, "Service data, first"},
    {"x_ServiceInfo2", kText, kExact, kPublic, kBlank, false, "Service data, second"},
    // Where it runs
    {"ResourceId", kText, kIgnoreCase, kPublic, kBlank, false, "ARM id"},
    {"ResourceName", kText, kIgnoreCase, kPublic, kBlank, false, "Last part of the ARM id"},
    {"ResourceType", kText, kIgnoreCase, kPublic, kBlank, false, "Provider and type out of the ARM id"},
    {"x_ResourceGroupName", kText, kIgnoreCase, kPublic, kBlank, false, "Resource group"},
    {"RegionId", kText, kIgnoreCase, kPublic, kBlank, false, "ARM region: eastus"},
    {"RegionName", kText, kExact, kPublic, kBlank, false, "Region in words"},
    {"AvailabilityZone", kText, kExact, kPublic, kBlank, false, "Availability zone"},
    {"Tags", kJson, kExact, kPublic, kBlank, false, "Tags as a JSON object"},
    // Commitments
    {"CommitmentDiscountId", kText, kIgnoreCase, kPublic, kBlank, false, "ARM id of the reservation or savings plan"},
    {"CommitmentDiscountName", kText, kExact, kPublic, kBlank, false, "Its name at the time"},
    {"CommitmentDiscountCategory", kText, kExact, kPublic, kBlank, false,
     "Usage (reservation) or Spend (savings plan)"},
    {"CommitmentDiscountType", kText, kExact, kPublic, kBlank, false, "Reservation or Savings Plan"},
    {"CommitmentDiscountStatus", kText, kExact, kPublic, kBlank, false, "Used or Unused"},
    {"CommitmentDiscountQuantity", kDecimal, kExact, kPublic, kBlank, false, "Quantity bought or used"},
    {"CommitmentDiscountUnit", kText, kExact, kPublic, kBlank, false, "Its unit"},
    {"x_ReservationId", kText, kIgnoreCase, kPublic, kBlank, false, "Reservation GUID as delivered"},
    {"CapacityReservationId", kText, kIgnoreCase, kPublic, kBlank, false, "Capacity reservation"},
    {"CapacityReservationStatus", kText, kExact, kPublic, kBlank, false, "Used or Unused"},
    {"x_CostAllocationRuleName", kText, kExact, kPartner, kBlank, false, "Azure's own cost allocation rule"},
    {"x_AccountId", kText, kExact, kPartner, kBlank, false, "EA account"},
    {"x_AccountName", kText, kExact, kPartner, kBlank, false, "Name of the EA account"},
    {"x_AccountOwnerId", kText, kExact, kPartner, kBlank, false, "Owner of the EA account"},
});

struct ShortName {
  std::string_view written;
  std::string_view column;
};

// Names of the product area that people know, besides the canonical ones.
constexpr auto kShortNames = std::to_array<ShortName>({
    {"BillSource", "x_BillSource"},
    {"CustomerTenantId", "x_CustomerTenantId"},
    {"CustomerTenantName", "x_CustomerTenantName"},
    {"x_CustomerId", "x_CustomerTenantId"},
    {"x_CustomerName", "x_CustomerTenantName"},
    {"CloudVendorAccount", "x_SubscriptionId"},
    {"SubscriptionId", "x_SubscriptionId"},
    {"SubscriptionName", "SubAccountName"},
    {"ResourceGroup", "x_ResourceGroupName"},
    {"ResourceGroupName", "x_ResourceGroupName"},
    {"MeterCategory", "x_SkuMeterCategory"},
    {"MeterSubcategory", "x_SkuMeterSubcategory"},
    {"MeterName", "SkuMeter"},
    {"MeterId", "x_SkuMeterId"},
    {"Date", "ChargePeriodStart"},
    {"Day", "ChargePeriodStart"},
    {"ChargeDay", "ChargePeriodStart"},
    {"x_BillingProfileId", "BillingAccountId"},
    {"x_BillingProfileName", "BillingAccountName"},
    {"BillingProfileId", "BillingAccountId"},
    {"x_InvoiceIssuerId", "x_PartnerTenantId"},
    {"x_InvoiceId", "InvoiceId"},
    {"x_PricingCurrency", "PricingCurrency"},
    {"x_SkuMeterName", "SkuMeter"},
    {"x_ResourceType", "ResourceType"},
    {"x_SkuServiceFamily", "x_ServiceFamily"},
});

const std::unordered_map<std::string, std::size_t>& names_in_lower_case() {
  static const auto names = [] {
    std::unordered_map<std::string, std::size_t> map;
    for (std::size_t i = 0; i < kColumns.size(); ++i) map.emplace(ascii_lower(kColumns[i].name), i);
    for (const auto& [written, column] : kShortNames) {
      const auto found = map.find(ascii_lower(column));
      APPORTION_CHECK(found != map.end(), "a short name of a column points nowhere");
      map.emplace(ascii_lower(written), found->second);
    }
    return map;
  }();
  return names;
}

}  // namespace

std::span<const ChargeColumn> charge_columns() { return kColumns; }

std::size_t charge_column_index(std::string_view name) {
  const auto found = names_in_lower_case().find(ascii_lower(name));
  APPORTION_CHECK(found != names_in_lower_case().end() && kColumns[found->second].name == name, name);
  return found->second;
}

const ChargeColumn* find_charge_column(std::string_view written_name) {
  const auto found = names_in_lower_case().find(ascii_lower(written_name));
  return found == names_in_lower_case().end() ? nullptr : &kColumns[found->second];
}

const ChargeColumn* find_charge_column(std::string_view written_name, Audience audience) {
  const ChargeColumn* column = find_charge_column(written_name);
  return column != nullptr && may_see(audience, column->audience) ? column : nullptr;
}

std::string_view nearest_charge_column(std::string_view written_name, Audience audience) {
  std::vector<std::string_view> names;
  for (const ChargeColumn& column : kColumns) {
    if (may_see(audience, column.audience)) names.push_back(column.name);
  }
  return nearest_text(written_name, names);
}

std::string_view sql_type(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kJson: return "VARCHAR";
    case ColumnType::kDecimal: return "DECIMAL(38,18)";
    case ColumnType::kDay: return "DATE";
    case ColumnType::kInteger: return "BIGINT";
  }
  return "VARCHAR";
}

std::span<const std::string_view> cost_metrics() {
  static constexpr auto kMetrics =
      std::to_array<std::string_view>({"BilledCost", "EffectiveCost", "ListCost", "ContractedCost"});
  return kMetrics;
}

}  // namespace apportion
