#include "foundation/model/column_facts.h"

#include <algorithm>
#include <array>

#include "foundation/base/check.h"

namespace apportion {
namespace {

constexpr std::string_view kAll = "ActualCost, AmortizedCost, FocusCost";
constexpr std::string_view kDetails = "ActualCost, AmortizedCost";
constexpr std::string_view kFocus = "FocusCost";
constexpr std::string_view kOwn = "Apportion";

// In the order of `charge_columns()`.
constexpr auto kFacts = std::to_array<ColumnFacts>({
    {"x_RowId", kOwn, "4294967301"},
    {"x_ImportId", kOwn, "1"},
    {"x_BillSource", kOwn, "acme"},
    {"x_SourceFile", kOwn, "actual-cost/20261001-20261031/7c1e/part_0.csv"},
    {"x_SourceLine", kOwn, "1042"},
    {"x_SourceChanges", kOwn, "ListCost 0 -> ContractedCost"},
    {"x_OtherColumns", kOwn, "{\"newColumn\":\"value\"}"},
    {"BillingAccountId", kAll, "ABCD-EFGH-BG7-PGB"},
    {"BillingAccountName", kAll, "Contoso Partner EUR"},
    {"BillingAccountType", kAll, "Billing Profile"},
    {"x_BillingAccountId", kAll,
     "1a2b3c4d-0000-4000-8000-000000000001:5e6f7a8b-0000-4000-8000-000000000002_2019-05-31"},
    {"x_BillingAccountName", kAll, "Contoso Partner"},
    {"x_InvoiceSectionId", kAll, "IJKL-MNOP-PJA-PGB"},
    {"x_InvoiceSectionName", kAll, "Engineering"},
    {"x_PartnerTenantId", kAll, "0d4f7a10-0000-4000-8000-000000000003"},
    {"InvoiceIssuerName", kAll, "Contoso Partner GmbH"},
    {"x_ResellerName", kAll, "Fabrikam Resale"},
    {"x_ResellerId", kAll, "1234567"},
    {"x_CustomerTenantId", kAll, "8d1f0f6e-0000-4000-8000-000000000001"},
    {"x_CustomerTenantName", kAll, "Northwind Traders"},
    {"SubAccountId", kAll, "/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa"},
    {"SubAccountName", kAll, "Production"},
    {"SubAccountType", kAll, "Subscription"},
    {"x_SubscriptionId", kAll, "5a2b0c00-0000-4000-8000-0000000000aa"},
    {"x_CostCenter", kAll, "4711"},
    {"BillingPeriodStart", kAll, "2026-10-01"},
    {"BillingPeriodEnd", kAll, "2026-11-01"},
    {"ChargePeriodStart", kAll, "2026-10-17"},
    {"ChargePeriodEnd", kAll, "2026-10-18"},
    {"x_ServicePeriodStart", kAll, "2026-10-01"},
    {"x_ServicePeriodEnd", kAll, "2026-10-31"},
    {"InvoiceId", kAll, "G012345678"},
    {"x_PreviousInvoiceId", kDetails, "G012345601"},
    {"ChargeCategory", kAll, "Usage"},
    {"ChargeClass", kAll, "Correction"},
    {"ChargeDescription", kAll, "Virtual Machines Dsv5 Series - D2s v5 - EU West"},
    {"ChargeFrequency", kAll, "Usage-Based"},
    {"x_ChargeType", kDetails, "Usage"},
    {"PricingCategory", kAll, "Standard"},
    {"x_PricingModel", kDetails, "OnDemand"},
    {"x_PricingSubcategory", kFocus, "On-Demand"},
    {"x_AmortizationClass", kFocus, "Principal"},
    {"BillingCurrency", kAll, "EUR"},
    {"BilledCost", kAll, "12.345678"},
    {"EffectiveCost", kAll, "10.5"},
    {"ListCost", kAll, "14.2"},
    {"ContractedCost", kAll, "12.345678"},
    {"ListUnitPrice", kAll, "0.0966"},
    {"ContractedUnitPrice", kAll, "0.082"},
    {"x_EffectiveUnitPrice", kAll, "0.082"},
    {"x_UnitPrice", kDetails, "0.089"},
    {"x_PayGPrice", kDetails, "0.105"},
    {"PricingCurrency", kAll, "USD"},
    {"x_BillingExchangeRate", kAll, "0.92"},
    {"x_BillingExchangeRateDate", kAll, "2026-10-01"},
    {"x_CostInPricingCurrency", kDetails, "13.419215"},
    {"x_CostInUsd", kAll, "13.419215"},
    {"x_ListCostInUsd", kAll, "15.434783"},
    {"x_PartnerCreditRate", kAll, "0.15"},
    {"x_PartnerCreditApplied", kAll, "True"},
    {"x_IsCreditEligible", kAll, "True"},
    {"PricingQuantity", kAll, "1.5"},
    {"PricingUnit", kAll, "Hours"},
    {"x_PricingUnitDescription", kAll, "10 Hours"},
    {"x_PricingBlockSize", kAll, "10"},
    {"ConsumedQuantity", kAll, "15"},
    {"ConsumedUnit", kAll, "Hours"},
    {"ProviderName", kAll, "Microsoft"},
    {"PublisherName", kAll, "Microsoft"},
    {"x_PublisherId", kAll, "contoso-market"},
    {"x_PublisherType", kAll, "Azure"},
    {"ServiceCategory", kAll, "Compute"},
    {"ServiceSubcategory", kFocus, "Virtual Machines"},
    {"ServiceName", kAll, "Virtual Machines"},
    {"x_ServiceFamily", kAll, "Compute"},
    {"x_ConsumedService", kDetails, "Microsoft.Compute"},
    {"x_ServiceModel", kFocus, "IaaS"},
    {"SkuId", kAll, "DZH318Z08MC6"},
    {"SkuPriceId", kFocus, "DZH318Z08MC6_000H"},
    {"SkuMeter", kAll, "D2s v5"},
    {"SkuPriceDetails", kFocus, "{\"x_VCPUs\":\"2\"}"},
    {"x_SkuMeterId", kAll, "2c5f9a31-0000-4000-8000-000000000004"},
    {"x_SkuMeterCategory", kAll, "Virtual Machines"},
    {"x_SkuMeterSubcategory", kAll, "Dsv5 Series"},
    {"x_SkuRegion", kAll, "EU West"},
    {"x_SkuOrderId", kAll, "6f0a1b2c-0000-4000-8000-000000000005"},
    {"x_SkuOrderName", kAll, "Azure plan"},
    {"x_SkuTerm", kAll, "12"},
    {"x_SkuDetails", kAll, "{\"VCPUs\":2,\"UsageType\":\"ComputeHR\"}"},
    {"x_SkuOfferId", kAll, "MS-AZR-0017P"},
    {"x_SkuPartNumber", kAll, "AAD-33177"},
    {"x_SkuPlanName", kAll, "standard"},
    {"x_SkuTier", kFocus, "0"},
    {"x_ServiceInfo1", kDetails, "Windows"},
    {"x_ServiceInfo2", kDetails, "Standard_D2s_v5"},
    {"ResourceId", kAll,
     "/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa/resourceGroups/rg"
     "/providers/Microsoft.Compute/virtualMachines/web"},
    {"ResourceName", kAll, "web"},
    {"ResourceType", kAll, "Microsoft.Compute/virtualMachines"},
    {"x_ResourceGroupName", kAll, "rg"},
    {"RegionId", kAll, "westeurope"},
    {"RegionName", kAll, "West Europe"},
    {"AvailabilityZone", kAll, "1"},
    {"Tags", kAll, "{\"env\":\"prod\"}"},
    {"CommitmentDiscountId", kAll, "/providers/Microsoft.Capacity/reservationOrders/7a1b/reservations/8c2d"},
    {"CommitmentDiscountName", kAll, "VM_RI_10-01-2026"},
    {"CommitmentDiscountCategory", kAll, "Usage"},
    {"CommitmentDiscountType", kAll, "Reservation"},
    {"CommitmentDiscountStatus", kAll, "Used"},
    {"CommitmentDiscountQuantity", kFocus, "24"},
    {"CommitmentDiscountUnit", kFocus, "Hours"},
    {"x_ReservationId", kDetails, "8c2d1e0f-0000-4000-8000-000000000006"},
    {"CapacityReservationId", kAll,
     "/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa/resourceGroups/rg"
     "/providers/Microsoft.Compute/capacityReservationGroups/g"},
    {"CapacityReservationStatus", kAll, "Used"},
    {"x_CostAllocationRuleName", kAll, "shared-network"},
    {"x_AccountId", kAll, "100200"},
    {"x_AccountName", kAll, "Engineering"},
    {"x_AccountOwnerId", kAll, "owner@contoso.example"},
});

}  // namespace

const ColumnFacts& facts_of(const ChargeColumn& column) {
  const auto found = std::ranges::find(kFacts, column.name, &ColumnFacts::column);
  APPORTION_CHECK(found != kFacts.end(), column.name);
  return *found;
}

}  // namespace apportion
