// How a row of charges becomes a row of FOCUS.
#include "query/focus_rows_internal.h"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/base/check.h"
#include "foundation/model/resource_type.h"
#include "foundation/money/ratio.h"
#include "query/focus_services.h"

namespace apportion {
namespace {

using enum ColumnType;
using Cells = std::vector<TableCell>;

constexpr auto kColumns = std::to_array<FocusColumn>({
    {"AvailabilityZone", kText},
    {"BilledCost", kDecimal},
    {"BillingAccountId", kText},
    {"BillingAccountName", kText},
    {"BillingAccountType", kText},
    {"BillingCurrency", kText},
    {"BillingPeriodEnd", kDay},
    {"BillingPeriodStart", kDay},
    {"CapacityReservationId", kText},
    {"CapacityReservationStatus", kText},
    {"ChargeCategory", kText},
    {"ChargeClass", kText},
    {"ChargeDescription", kText},
    {"ChargeFrequency", kText},
    {"ChargePeriodEnd", kDay},
    {"ChargePeriodStart", kDay},
    {"CommitmentDiscountCategory", kText},
    {"CommitmentDiscountId", kText},
    {"CommitmentDiscountName", kText},
    {"CommitmentDiscountQuantity", kDecimal},
    {"CommitmentDiscountStatus", kText},
    {"CommitmentDiscountType", kText},
    {"CommitmentDiscountUnit", kText},
    {"ConsumedQuantity", kDecimal},
    {"ConsumedUnit", kText},
    {"ContractedCost", kDecimal},
    {"ContractedUnitPrice", kDecimal},
    {"EffectiveCost", kDecimal},
    {"InvoiceId", kText},
    {"InvoiceIssuerName", kText},
    {"ListCost", kDecimal},
    {"ListUnitPrice", kDecimal},
    {"PricingCategory", kText},
    {"PricingCurrency", kText},
    {"PricingCurrencyContractedUnitPrice", kDecimal},
    {"PricingCurrencyEffectiveCost", kDecimal},
    {"PricingCurrencyListUnitPrice", kDecimal},
    {"PricingQuantity", kDecimal},
    {"PricingUnit", kText},
    {"ProviderName", kText},
    {"PublisherName", kText},
    {"RegionId", kText},
    {"RegionName", kText},
    {"ResourceId", kText},
    {"ResourceName", kText},
    {"ResourceType", kText},
    {"ServiceCategory", kText},
    {"ServiceName", kText},
    {"ServiceSubcategory", kText},
    {"SkuId", kText},
    {"SkuMeter", kText},
    {"SkuPriceDetails", kText},
    {"SkuPriceId", kText},
    {"SubAccountId", kText},
    {"SubAccountName", kText},
    {"SubAccountType", kText},
    {"Tags", kText},
});
static_assert(kColumns.size() == 57);
static_assert(std::ranges::is_sorted(kColumns, {}, &FocusColumn::name));

// Columns that every customer may see of its own rows: what FOCUS has no column for.
constexpr auto kExtrasOfCustomers = std::to_array<std::string_view>(
    {"x_CostCenter", "x_CustomerTenantId", "x_CustomerTenantName", "x_PricingUnitDescription", "x_ResourceGroupName",
     "x_SkuDetails", "x_SkuMeterCategory", "x_SkuMeterId", "x_SkuMeterSubcategory", "x_SkuTerm"});
constexpr auto kExtrasOfPartner = std::to_array<std::string_view>({"x_AssignedCustomerExternalId",
                                                                   "x_AssignedCustomerId",
                                                                   "x_AssignedCustomerName",
                                                                   "x_AssignmentKind",
                                                                   "x_BillSource",
                                                                   "x_BillingAccountId",
                                                                   "x_BillingExchangeRate",
                                                                   "x_CarriedFrom",
                                                                   "x_CostCenter",
                                                                   "x_CustomerTenantId",
                                                                   "x_CustomerTenantName",
                                                                   "x_PartnerCreditApplied",
                                                                   "x_PartnerCreditRate",
                                                                   "x_PricingUnitDescription",
                                                                   "x_ResellerId",
                                                                   "x_ResourceGroupName",
                                                                   "x_RowId",
                                                                   "x_RuleNumber",
                                                                   "x_SkuDetails",
                                                                   "x_SkuMeterCategory",
                                                                   "x_SkuMeterId",
                                                                   "x_SkuMeterSubcategory",
                                                                   "x_SkuTerm",
                                                                   "x_SourceChanges"});
constexpr auto kOwnColumns = std::to_array<FocusOwnColumn>({
    {"x_AssignedCustomerExternalId", "c.CustomerExternalId", kText},
    {"x_AssignedCustomerId", "a.CustomerId", kText},
    {"x_AssignedCustomerName", "coalesce(c.CustomerName, a.CustomerId)", kText},
    {"x_AssignmentKind", "a.x_AssignmentKind", kText},
    {"x_CarriedFrom", "a.x_CarriedFrom", kText},
    {"x_RuleNumber", "a.x_RuleNumber", kInteger},
});

constexpr auto kAsides = std::to_array<FocusOwnColumn>({
    {"month", "a.x_BillMonth", kText},
    {"carried_from", "a.x_CarriedFrom", kText},
    {"customer_id", "a.CustomerId", kText},
    {"customer_name", "coalesce(c.CustomerName, a.CustomerId)", kText},
    {"kind", "a.x_AssignmentKind", kText},
    {"rate", "a.x_BillingExchangeRate", kDecimal},
    {"meter", "a.x_SkuMeterId", kText},
    {"meter_category", "a.x_SkuMeterCategory", kText},
    {"meter_subcategory", "a.x_SkuMeterSubcategory", kText},
});
static_assert(kAsides.size() == kFocusAsides);

// Cannot be called while compiling.
void there_is_no_such_column() {}

// Where a column stands; a wrong name does not compile.
consteval std::size_t at(std::string_view name) {
  const auto found = std::ranges::lower_bound(kColumns, name, {}, &FocusColumn::name);
  if (found == kColumns.end() || found->name != name) there_is_no_such_column();
  return static_cast<std::size_t>(found - kColumns.begin());
}

constexpr std::size_t kBilled = at("BilledCost");
constexpr std::size_t kEffective = at("EffectiveCost");
constexpr std::size_t kList = at("ListCost");
constexpr std::size_t kContracted = at("ContractedCost");
constexpr std::size_t kListPrice = at("ListUnitPrice");
constexpr std::size_t kContractedPrice = at("ContractedUnitPrice");
constexpr std::size_t kCategory = at("ChargeCategory");
constexpr std::size_t kBillingCurrency = at("BillingCurrency");
constexpr std::size_t kPricingCurrency = at("PricingCurrency");
constexpr std::size_t kQuantity = at("PricingQuantity");
constexpr std::size_t kUnit = at("PricingUnit");
constexpr std::size_t kConsumed = at("ConsumedQuantity");
constexpr std::size_t kConsumedUnit = at("ConsumedUnit");
constexpr std::size_t kSkuId = at("SkuId");
constexpr std::size_t kSkuPriceId = at("SkuPriceId");

bool is_null(const TableCell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return std::holds_alternative<std::monostate>(cell) || (text != nullptr && text->empty());
}

bool is_text(const TableCell& cell, std::string_view wanted) {
  const auto* text = std::get_if<std::string>(&cell);
  return text != nullptr && *text == wanted;
}

std::string text_of(const TableCell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr ? std::string() : *text;
}

void clear(Cells& cells, std::initializer_list<std::size_t> columns) {
  for (const std::size_t column : columns) cells[column] = TableCell();
}

void fill(TableCell& cell, const TableCell& otherwise) {
  if (is_null(cell)) cell = otherwise;
}

// The asides of a row, by name.
class Asides {
 public:
  explicit Asides(std::span<TableCell> cells) : cells_(cells) {}
  const TableCell& operator[](FocusAside aside) const { return cells_[static_cast<std::size_t>(aside)]; }

 private:
  std::span<TableCell> cells_;
};

// A later change of a closed month is billed in the month that counts it.
void mark_correction(Cells& cells, const Asides& asides) {
  if (is_null(asides[FocusAside::kCarriedFrom])) return;
  const auto month = Month::parse(text_of(asides[FocusAside::kMonth]));
  APPORTION_CHECK(month, "a bill month of the lake is a month");
  cells[at("ChargeClass")] = std::string("Correction");
  cells[at("BillingPeriodStart")] = month->first_day();
  cells[at("BillingPeriodEnd")] = month->plus_months(1).first_day();
}

void name_customer(Cells& cells, const Asides& asides) {
  cells[at("BillingAccountId")] = asides[FocusAside::kCustomerId];
  cells[at("BillingAccountName")] = asides[FocusAside::kCustomerName];
  fill(cells[at("BillingAccountName")], asides[FocusAside::kCustomerId]);
  cells[at("BillingAccountType")] = std::string("Customer");
  clear(cells, {at("InvoiceId")});
}

// Parts of a charge do not say how much of a commitment they used: that was not split.
void leave_out_what_is_not_split(Cells& cells, const Asides& asides) {
  constexpr std::size_t kUsed = at("CommitmentDiscountQuantity");
  constexpr std::size_t kUsedUnit = at("CommitmentDiscountUnit");
  if (!is_text(asides[FocusAside::kKind], "direct")) clear(cells, {kUsed});
  if (is_null(cells[kUsed]) || is_null(cells[kUsedUnit])) clear(cells, {kUsed, kUsedUnit});
}

void name_service(Cells& cells, const Asides& asides) {
  TableCell& name = cells[at("ServiceName")];
  fill(name, asides[FocusAside::kMeterSubcategory]);
  fill(name, asides[FocusAside::kMeterCategory]);
  fill(name, std::string("Other"));
  TableCell& category = cells[at("ServiceCategory")];
  TableCell& subcategory = cells[at("ServiceSubcategory")];
  const FocusService service = focus_service(text_of(name), text_of(category), text_of(subcategory));
  category = std::string(service.category);
  subcategory = std::string(service.subcategory);
  fill(cells[at("ProviderName")], std::string("Microsoft"));
  fill(cells[at("PublisherName")], std::string("Microsoft"));
  const bool is_usage = is_text(cells[kCategory], "Usage");
  fill(cells[at("ChargeFrequency")], std::string(is_usage ? "Usage-Based" : "One-Time"));
}

// Microsoft's own FOCUS files leave the type of some resources out.
void name_resource_type(Cells& cells) {
  const std::string resource = text_of(cells[at("ResourceId")]);
  TableCell& type = cells[at("ResourceType")];
  if (resource.empty()) {
    type = TableCell();
  } else {
    fill(type, resource_type(resource));
  }
}

// What a charge is for, where the words are not there, or are not shown.
void describe(Cells& cells) {
  const std::string meter = text_of(cells[at("SkuMeter")]);
  const std::string service = text_of(cells[at("ServiceName")]);
  fill(cells[at("ChargeDescription")], meter.empty() ? service : service + ", " + meter);
}

// Where the SKU is not there, or is not shown, its meter stands for it.
void name_sku(Cells& cells, const Asides& asides) {
  if (is_text(cells[kCategory], "Tax")) {
    clear(cells, {kSkuId, kSkuPriceId});
  } else {
    fill(cells[kSkuId], asides[FocusAside::kMeter]);
    fill(cells[kSkuPriceId], cells[kSkuId]);
  }
  if (is_null(cells[kSkuId])) clear(cells, {at("SkuMeter")});
  if (is_null(cells[kSkuPriceId])) clear(cells, {at("SkuPriceDetails")});
}

void check_quantities(Cells& cells) {
  if (is_text(cells[kCategory], "Tax")) clear(cells, {kQuantity, at("PricingCategory")});
  if (is_null(cells[kUnit]) || is_null(cells[kQuantity])) clear(cells, {kUnit, kQuantity});
  const bool is_consumed =
      is_text(cells[kCategory], "Usage") && !is_text(cells[at("CommitmentDiscountStatus")], "Unused");
  if (!is_consumed || is_null(cells[kConsumed]) || is_null(cells[kConsumedUnit]))
    clear(cells, {kConsumed, kConsumedUnit});
}

TableCell divided(const TableCell& amount, const TableCell& by) {
  const auto* dividend = std::get_if<Decimal>(&amount);
  const auto* divisor = std::get_if<Decimal>(&by);
  if (dividend == nullptr || divisor == nullptr || divisor->is_zero()) return {};
  const auto quotient = at_rate(*dividend, *divisor);
  return optional_cell(quotient);
}

void show_view(Cells& cells, CustomerView view) {
  if (view == CustomerView::kBoth) return;
  const TableCell cost = cells[view == CustomerView::kList ? kList : kEffective];
  const TableCell price =
      view == CustomerView::kList ? cells[kListPrice] : divided(cells[kEffective], cells[kQuantity]);
  if (view == CustomerView::kList) cells[kBilled] = cells[kEffective] = cost;
  cells[kContracted] = cells[kList] = cost;
  cells[kContractedPrice] = cells[kListPrice] = price;
}

void check_price(Cells& cells, std::size_t column) {
  const auto* price = std::get_if<Decimal>(&cells[column]);
  if (is_text(cells[kCategory], "Tax") || (price != nullptr && price->is_negative())) clear(cells, {column});
}

// Without a rate, the billing currency is all that is known.
void add_pricing_currency(Cells& cells, const TableCell& rate) {
  const std::string billing = text_of(cells[kBillingCurrency]);
  const auto* known = std::get_if<Decimal>(&rate);
  if (is_null(cells[kPricingCurrency]) || known == nullptr || known->is_zero()) cells[kPricingCurrency] = billing;
  const bool is_same = is_text(cells[kPricingCurrency], billing);
  for (const auto& [from, to] : {std::pair(kContractedPrice, at("PricingCurrencyContractedUnitPrice")),
                                 std::pair(kEffective, at("PricingCurrencyEffectiveCost")),
                                 std::pair(kListPrice, at("PricingCurrencyListUnitPrice"))})
    cells[to] = is_same ? cells[from] : divided(cells[from], rate);
}

}  // namespace

std::span<const FocusColumn> focus_columns() { return kColumns; }
std::span<const FocusOwnColumn> focus_own_columns() { return kOwnColumns; }
std::span<const FocusOwnColumn> focus_asides() { return kAsides; }

std::span<const std::string_view> focus_extras(bool is_of_partner) {
  if (is_of_partner) return kExtrasOfPartner;
  return kExtrasOfCustomers;
}

std::string_view shown_cost(std::string_view cost, std::optional<CustomerView> view) {
  if (view == CustomerView::kList) return "ListCost";
  return view == CustomerView::kCost && cost != "BilledCost" ? "EffectiveCost" : cost;
}

void FocusRows::complete(std::vector<TableCell>& cells) const {
  const Asides asides(std::span<TableCell>(cells).last(kFocusAsides));
  mark_correction(cells, asides);
  if (view_) name_customer(cells, asides);
  TableCell& issuer = cells[at("InvoiceIssuerName")];
  if (!issuer_.empty()) issuer = issuer_;
  fill(issuer, other_issuer_);
  leave_out_what_is_not_split(cells, asides);
  name_service(cells, asides);
  name_sku(cells, asides);
  describe(cells);
  name_resource_type(cells);
  check_quantities(cells);
  if (view_) show_view(cells, *view_);
  check_price(cells, kListPrice);
  check_price(cells, kContractedPrice);
  add_pricing_currency(cells, asides[FocusAside::kRate]);
  cells.resize(cells.size() - kFocusAsides);
}

}  // namespace apportion
