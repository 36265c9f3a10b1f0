#include "sample/rows.h"

#include <fmt/format.h>

namespace apportion::sample {
namespace {

constexpr Scaled kNothing{0, 0};

std::string us_date(Day day) { return fmt::format("{:02}/{:02}/{:04}", day.month(), day.day_of_month(), day.year()); }

std::string focus_time(Day day) { return day.to_string() + "T00:00:00Z"; }

std::string invoice_id(const World& world, std::size_t profile, Month month) {
  Draws draws(world.seed, Stream::kInvoice, profile, month_index(month));
  return fmt::format("G{:09}", draws.below(1'000'000'000));
}

bool is_commitment(const Charge& charge) { return charge.commitment != nullptr; }

bool is_reservation(const Charge& charge) {
  return is_commitment(charge) && charge.commitment->kind == CommitmentKind::kReservation;
}

/// Purchases and refunds of commitments: cash that the amortized file does not have.
bool is_commitment_cash(const Charge& charge) { return is_commitment(charge) && !charge.in_amortized; }

/// Real purchase rows of reservations may end in `/reservations/` without the id (facts D.4); some of ours do.
std::string_view benefit_id(const Charge& charge) {
  const std::string_view id = charge.commitment->benefit_id;
  const bool cut =
      is_reservation(charge) && is_commitment_cash(charge) && charge.commitment->start.day_of_month() % 4 == 0;
  return cut ? id.substr(0, id.rfind('/') + 1) : id;
}

std::string_view term_text(const Charge& charge) {
  if (!is_commitment(charge)) {
    return {};
  }
  switch (charge.commitment->term_months) {
    case 12: return "12";
    case 36: return "36";
    default: return "60";
  }
}

}  // namespace

MonthTexts::MonthTexts(const World& world, Month month, const RunView& view)
    : world_(world), first_day_(month.first_day().days_since_epoch()), invoiced_(view.invoiced) {
  for (Day day = month.first_day(); day <= month.last_day(); day = day.plus_days(1)) {
    days_.push_back({us_date(day), focus_time(day), focus_time(day.plus_days(1))});
  }
  for (std::size_t profile = 0; profile < world.profiles.size(); ++profile) {
    const Scaled rate{world.exchange_rate(profile, month), 4};
    RowText text;
    profiles_.push_back({std::string(text.number(rate)), view.invoiced ? invoice_id(world, profile, month) : "",
                         invoice_id(world, profile, month.plus_months(-1)), rate});
  }
}

Amounts amounts_of(const Charge& charge, const MonthTexts& texts) {
  const Scaled rate = texts.profile(charge.profile).rate_value;
  const Scaled usd = charge.effective_price * charge.quantity;
  const Scaled list = charge.list_price * charge.quantity;
  return {usd, usd * rate, list, list * rate};
}

void fill_cost_row(const Charge& charge, const MonthTexts& texts, RowText& text, Cells& cells) {
  using enum cost::Place;
  const World& world = texts.world();
  const Profile& profile = world.profiles[static_cast<std::size_t>(charge.profile)];
  const auto& money = texts.profile(charge.profile);
  const auto& day = texts.day(charge.day);
  const Amounts amounts = amounts_of(charge, texts);
  cells.assign(kCount, {});
  cells[kInvoiceId] = money.invoice;
  cells[kPreviousInvoiceId] = charge.type == ChargeType::kRefund ? std::string_view(money.previous_invoice) : "";
  cells[kBillingAccountId] = world.billing_account_id;
  cells[kBillingAccountName] = world.partner_name;
  cells[kBillingProfileId] = profile.id;
  cells[kBillingProfileName] = profile.name;
  cells[kPartnerTenantId] = world.partner_tenant_id;
  cells[kPartnerName] = world.partner_name;
  if (charge.tenant != nullptr) {
    cells[kCustomerTenantId] = charge.tenant->id;
    cells[kCustomerName] = charge.tenant->name;
    cells[kResellerName] = charge.tenant->reseller_name;
    cells[kResellerMpnId] = charge.tenant->reseller_id;
  }
  cells[kCostCenter] = texts.invoiced() || charge.tags.empty() ? "" : "4711";
  cells[kBillingPeriodEndDate] = texts.last_day().us;
  cells[kBillingPeriodStartDate] = texts.first_day().us;
  cells[kServicePeriodEndDate] = texts.last_day().us;
  cells[kServicePeriodStartDate] = texts.first_day().us;
  cells[kDate] = day.us;
  cells[kServiceFamily] = charge.family;
  cells[kProductOrderId] = charge.order_id;
  cells[kProductOrderName] = charge.order_name;
  cells[kConsumedService] = charge.consumed_service;
  cells[kMeterId] = charge.meter == nullptr ? std::string_view{} : charge.meter->id;
  cells[kMeterName] = charge.meter_name;
  cells[kMeterCategory] = charge.category;
  cells[kMeterSubCategory] = charge.subcategory;
  cells[kProductId] = charge.product_id;
  cells[kProductName] = charge.product_name;
  if (charge.subscription != nullptr) {
    cells[kSubscriptionId] = charge.subscription->id;
    cells[kSubscriptionName] = charge.subscription->name;
  }
  cells[kPublisherType] = charge.publisher_type;
  cells[kPublisherId] = texts.invoiced() && charge.publisher_type == "Marketplace" ? "invented.publisher" : "";
  cells[kPublisherName] = charge.publisher_name;
  cells[kResourceGroupName] = charge.resource_group;
  cells[kResourceId] = charge.resource_id;
  if (charge.region != nullptr) {
    cells[kMeterRegion] = charge.region->location;
    cells[kResourceLocation] = charge.region->arm_name;
    cells[kLocation] = charge.region->location;
  }
  cells[kEffectivePrice] = text.number(charge.effective_price);
  cells[kQuantity] = text.number(charge.quantity);
  cells[kUnitOfMeasure] = charge.unit;
  cells[kChargeType] = charge_type_text(charge.type);
  cells[kBillingCurrency] = profile.currency;
  cells[kPricingCurrency] = "USD";
  cells[kCostInBillingCurrency] = text.number(amounts.billing);
  cells[kCostInPricingCurrency] = text.number(amounts.usd);
  cells[kCostInUsd] = cells[kCostInPricingCurrency];
  cells[kPaygCostInBillingCurrency] = text.number(amounts.list_billing);
  cells[kPaygCostInUsd] = text.number(amounts.list_usd);
  cells[kExchangeRatePricingToBilling] = money.rate;
  cells[kExchangeRateDate] = texts.first_day().us;
  cells[kIsAzureCreditEligible] = charge.credit_eligible ? "True" : "False";
  cells[kServiceInfo2] = charge.service_info;
  cells[kAdditionalInfo] = charge.additional_info;
  cells[kTags] = charge.tags;
  cells[kPartnerEarnedCreditRate] = charge.partner_credit ? "0.15" : "0";
  cells[kPartnerEarnedCreditApplied] = charge.partner_credit ? "True" : "False";
  cells[kPayGPrice] = text.number(charge.list_price);
  cells[kFrequency] = frequency_text(charge.frequency);
  cells[kTerm] = term_text(charge);
  if (is_commitment(charge)) {
    if (is_reservation(charge)) {
      cells[kReservationId] = charge.commitment->id;
      cells[kReservationName] = charge.commitment->name_on(charge.day);
    }
    cells[kBenefitId] = benefit_id(charge);
    cells[kBenefitName] = charge.commitment->name_on(charge.day);
  }
  cells[kPricingModel] = pricing_model_text(charge.model);
  cells[kUnitPrice] = text.number(charge.unit_price);
  cells[kProvider] = charge.provider;
}

void clear_cost(Cells& cells) {
  using enum cost::Place;
  for (const cost::Place place : {kEffectivePrice, kCostInBillingCurrency, kCostInPricingCurrency, kCostInUsd}) {
    cells[place] = "0";
  }
}

namespace {

std::string_view focus_category(const Charge& charge) {
  switch (charge.type) {
    case ChargeType::kUsage:
    case ChargeType::kUnusedReservation:
    case ChargeType::kUnusedSavingsPlan: return "Usage";
    case ChargeType::kPurchase:
    case ChargeType::kRefund: return "Purchase";
    case ChargeType::kRounding: return "Adjustment";
  }
  return {};
}

std::string_view focus_frequency(const Charge& charge) {
  const bool monthly_plan = is_commitment_cash(charge) && !is_reservation(charge);
  if (monthly_plan) {
    return "Usage-Based";  // one of the known deviations (facts E.3)
  }
  switch (charge.frequency) {
    case Frequency::kOneTime: return "One-Time";
    case Frequency::kRecurring: return "Recurring";
    case Frequency::kUsageBased: return "Usage-Based";
  }
  return {};
}

std::string_view focus_pricing_category(const Charge& charge) {
  switch (charge.model) {
    case PricingModel::kOnDemand: return "Standard";
    case PricingModel::kSpot: return "Dynamic";
    case PricingModel::kReservation:
    case PricingModel::kSavingsPlan: return "Committed";
  }
  return {};
}

void fill_focus_service(const Charge& charge, Cells& cells) {
  using enum focus::Place;
  const bool marketplace = charge.publisher_type == "Marketplace";
  cells[kServiceCategory] = "Other";
  cells[kServiceSubcategory] = "Other (Other)";
  cells[kServiceModel] = marketplace || charge.provider != "Azure" ? "SaaS" : "IaaS";
  if (charge.resource_kind != nullptr && !is_commitment_cash(charge)) {
    cells[kServiceName] = charge.resource_kind->service;
    cells[kServiceCategory] = charge.resource_kind->category;
    cells[kServiceSubcategory] = charge.resource_kind->subcategory;
  } else if (marketplace) {
    cells[kServiceName] = "Azure Marketplace";
  } else if (charge.provider != "Azure") {
    cells[kServiceName] = charge.category;
  }
  cells[kProviderName] = charge.provider == "Azure" ? "Microsoft" : charge.provider;
  const bool no_publisher = is_reservation(charge) || charge.type == ChargeType::kUnusedSavingsPlan;
  cells[kPublisherName] = no_publisher ? "" : charge.publisher_name;
  if (charge.model == PricingModel::kSpot) {
    cells[kPublisherName] = "Microsoft Corporation";
  }
  cells[kPublisherCategory] = marketplace ? "Marketplace" : "Cloud Provider";
}

void fill_focus_resource(const Charge& charge, RowText& text, Cells& cells) {
  using enum focus::Place;
  if (charge.region != nullptr) {
    cells[kRegionId] = charge.region->arm_name;
    cells[kRegionName] = charge.region->name;
    cells[kSkuRegion] = charge.region->location;
  }
  for (const char letter : charge.resource_id) {
    text.add(letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter);
  }
  cells[kResourceId] = text.take();
  cells[kResourceName] = cells[kResourceId].substr(cells[kResourceId].rfind('/') + 1);
  if (charge.resource_kind != nullptr && !charge.resource_id.empty()) {
    cells[kResourceType] = charge.resource_kind->type_name;
    cells[kSourceResourceType] =
        text.add(charge.resource_kind->provider).add('/').add(charge.resource_kind->type).take();
  }
  cells[kResourceGroupName] = charge.resource_group;
  if (charge.subscription != nullptr) {
    cells[kSubAccountId] = text.add("/subscriptions/").add(charge.subscription->id).take();
    cells[kSubAccountName] = charge.subscription->name;
    cells[kSubAccountType] = "Subscription";
  }
  cells[kTags] = charge.tags.empty() ? "" : text.add('{').add(charge.tags).add('}').take();
}

void fill_focus_commitment(const Charge& charge, Cells& cells) {
  using enum focus::Place;
  if (!is_commitment(charge)) {
    return;
  }
  const bool reservation = is_reservation(charge);
  const bool unused = charge.type == ChargeType::kUnusedReservation || charge.type == ChargeType::kUnusedSavingsPlan;
  cells[kCommitmentDiscountCategory] = reservation ? "Usage" : "Spend";
  cells[kCommitmentDiscountId] = benefit_id(charge);
  cells[kCommitmentDiscountName] = charge.commitment->name_on(charge.day);
  cells[kCommitmentDiscountStatus] = unused ? "Unused" : "Used";
  cells[kCommitmentDiscountType] = reservation ? "Reservation" : "Savings Plan";
  cells[kAmortizationClass] = is_commitment_cash(charge) ? "Principal" : "Amortized Charge";
  cells[kPricingSubcategory] = reservation ? "Committed Usage" : "Committed Spend";
  const bool one_year = charge.commitment->term_months == 12;
  cells[kSkuTerm] = reservation ? term_text(charge) : one_year ? "1Year" : "3Years";
}

void fill_focus_money(const Charge& charge, const MonthTexts& texts, bool wrong_effective_cost, RowText& text,
                      Cells& cells) {
  using enum focus::Place;
  const Scaled rate = texts.profile(charge.profile).rate_value;
  const Amounts amounts = amounts_of(charge, texts);
  const bool billed = !charge.covered && charge.in_actual;
  const bool effective = !is_commitment_cash(charge) || (wrong_effective_cost && charge.type == ChargeType::kPurchase);
  cells[kBilledCost] = billed ? text.number(amounts.billing) : "0";
  cells[kBilledCostInUsd] = billed ? text.number(amounts.usd) : "0";
  cells[kBilledUnitPrice] = text.number(billed ? charge.effective_price * rate : kNothing);
  cells[kEffectiveCost] = effective ? text.number(amounts.billing) : "0";
  cells[kEffectiveCostInUsd] = effective ? text.number(amounts.usd) : "0";
  cells[kEffectiveUnitPrice] = text.number(effective ? charge.effective_price * rate : kNothing);
  // Contracted and list costs of reservation usage, and list costs of the marketplace, are the gaps of facts E.3.
  const bool hole = is_reservation(charge) && charge.type == ChargeType::kUsage;
  const Scaled contracted = charge.unit_price * charge.quantity;
  cells[kContractedCost] = text.number(hole ? kNothing : contracted * rate);
  cells[kContractedCostInUsd] = text.number(hole ? kNothing : contracted);
  cells[kContractedUnitPrice] = text.number(hole ? kNothing : charge.unit_price * rate);
  cells[kListCost] = text.number(hole ? kNothing : amounts.list_billing);
  cells[kListCostInUsd] = text.number(hole ? kNothing : amounts.list_usd);
  cells[kListUnitPrice] = text.number(hole ? kNothing : charge.list_price * rate);
  cells[kPricingQuantity] = text.number(charge.quantity);
  const PricingUnit unit = pricing_unit(charge.unit);
  cells[kPricingUnit] = unit.unit;
  cells[kPricingUnitDescription] = charge.unit;
  cells[kPricingBlockSize] = text.number({unit.block_size, 0});
  if (charge.type == ChargeType::kUsage) {
    cells[kConsumedQuantity] = cells[kPricingQuantity];
    cells[kConsumedUnit] = unit.unit;
  }
}

void fill_focus_sku(const Charge& charge, RowText& text, Cells& cells) {
  using enum focus::Place;
  const bool no_sku = charge.type == ChargeType::kUnusedSavingsPlan || charge.publisher_type == "Marketplace";
  if (!no_sku && !charge.product_id.empty()) {
    cells[kSkuId] = charge.product_id;
    text.add(charge.product_id.substr(0, 12)).add('_').add(charge.product_id.substr(12));
    if (charge.meter != nullptr) {
      text.add('_').add(charge.meter->id);
    }
    cells[kSkuPriceId] = text.take();
  }
  cells[kSkuMeter] = charge.meter_name;
  cells[kSkuMeterName] = charge.meter_name;
  cells[kSkuMeterId] = charge.meter == nullptr ? std::string_view{} : charge.meter->id;
  cells[kSkuMeterCategory] = charge.category;
  cells[kSkuMeterSubcategory] = charge.subcategory;
  cells[kSkuDescription] = charge.product_name;
  cells[kSkuDetails] = charge.additional_info;
  cells[kSkuIsCreditEligible] = charge.credit_eligible ? "True" : "False";
  cells[kSkuOrderId] = charge.order_id;
  cells[kSkuOrderName] = charge.order_name;
  cells[kSkuServiceFamily] = charge.family;
}

}  // namespace

void fill_focus_row(const Charge& charge, const MonthTexts& texts, bool wrong_effective_cost, RowText& text,
                    Cells& cells) {
  using enum focus::Place;
  const World& world = texts.world();
  const Profile& profile = world.profiles[static_cast<std::size_t>(charge.profile)];
  const auto& day = texts.day(charge.day);
  const auto& money = texts.profile(charge.profile);
  cells.assign(kCount, {});
  cells[kBillingAccountId] = profile.id;
  cells[kBillingAccountName] = profile.name;
  cells[kBillingAccountType] = "Billing Profile";
  cells[kBillingCurrency] = profile.currency;
  cells[kBillingPeriodStart] = texts.first_day().focus;
  cells[kBillingPeriodEnd] = texts.last_day().focus_end;
  cells[kChargeCategory] = focus_category(charge);
  cells[kChargeClass] = charge.type == ChargeType::kRefund ? "Correction" : "";
  cells[kChargeDescription] = charge.type == ChargeType::kUnusedSavingsPlan ? "" : charge.product_name;
  cells[kChargeFrequency] = focus_frequency(charge);
  cells[kChargePeriodStart] = day.focus;
  cells[kChargePeriodEnd] = day.focus_end;
  cells[kInvoiceId] = money.invoice;
  cells[kInvoiceIssuerName] = world.partner_name;
  cells[kPricingCategory] = focus_pricing_category(charge);
  cells[kPricingCurrency] = "USD";
  cells[kSourceBillingAccountId] = world.billing_account_id;
  cells[kSourceBillingAccountName] = world.partner_name;
  cells[kBillingExchangeRate] = money.rate;
  cells[kBillingExchangeRateDate] = texts.first_day().focus;
  cells[kBillingProfileId] = profile.id;
  cells[kBillingProfileName] = profile.name;
  if (charge.tenant != nullptr) {
    cells[kCustomerId] = charge.tenant->id;
    cells[kCustomerName] = charge.tenant->name;
    cells[kResellerId] = charge.tenant->reseller_id;
    cells[kResellerName] = charge.tenant->reseller_name;
  }
  cells[kInvoiceIssuerId] = world.partner_tenant_id;
  cells[kInvoiceSectionId] = "-2";
  cells[kInvoiceSectionName] = "Unassigned";
  cells[kPartnerCreditApplied] = charge.partner_credit ? "True" : "False";
  cells[kPartnerCreditRate] = charge.partner_credit ? "0.15" : "0";
  cells[kServicePeriodStart] = texts.first_day().focus;
  cells[kServicePeriodEnd] = texts.last_day().focus_end;
  fill_focus_service(charge, cells);
  fill_focus_resource(charge, text, cells);
  fill_focus_commitment(charge, cells);
  fill_focus_money(charge, texts, wrong_effective_cost, text, cells);
  fill_focus_sku(charge, text, cells);
}

}  // namespace apportion::sample
