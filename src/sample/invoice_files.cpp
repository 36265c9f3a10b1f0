#include "sample/invoice_files.h"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/money/decimal.h"
#include "foundation/money/rounded_down.h"

namespace apportion::sample {
namespace {

// What both files have, in this order; then what each has of its own.
enum Place : std::size_t {
  kPartnerId,
  kPartnerName,
  kCustomerId,
  kCustomerName,
  kInvoiceNumber,
  kProductId,
  kSkuId,
  kProductName,
  kPublisherName,
  kChargeType,
  kSubscriptionId,
  kEffectiveUnitPrice,
  kQuantity,
  kRate,
  kOwn,  // the first of its own
};
constexpr auto kCommon = std::to_array<std::string_view>(
    {"PartnerId", "PartnerName", "CustomerId", "CustomerName", "InvoiceNumber", "ProductId", "SkuId", "ProductName",
     "PublisherName", "ChargeType", "SubscriptionId", "EffectiveUnitPrice", "Quantity", "PCToBCExchangeRate"});
static_assert(kCommon.size() == kOwn);
constexpr auto kOfUsage = std::to_array<std::string_view>(
    {"EntitlementId", "UsageDate", "MeterId", "ResourceURI", "BillingPreTaxTotal", "BillingCurrency"});
constexpr auto kOfLines =
    std::to_array<std::string_view>({"BillableQuantity", "ChargeStartDate", "Subtotal", "TaxTotal", "Currency",
                                     "ReservationOrderId", "TermAndBillingCycle"});

Result<std::unique_ptr<PartWriter>> begin_file(const std::filesystem::path& file,
                                               std::span<const std::string_view> own) {
  std::vector<FileColumn> columns;
  const auto add = [&columns](std::string_view name) {
    columns.push_back({static_cast<int>(columns.size()), std::string(name), CellKind::kText});
  };
  for (const std::string_view name : kCommon) add(name);
  for (const std::string_view name : own) add(name);
  auto writer = make_csv_writer(std::move(columns), Dialect(), false);
  APPORTION_TRY(writer->begin(file));
  return writer;
}

Decimal decimal_of(std::string_view text) {
  const Decimal::Parsed parsed = Decimal::parse(text);
  APPORTION_CHECK(parsed.error == DecimalError::kNone, "a number of the sample is not a decimal");
  return parsed.value;
}

// ROUNDDOWN(ROUNDDOWN(price * quantity, 2) * rate, 2), as the reconciliation file has it.
std::string subtotal_of(std::string_view price, std::string_view quantity, std::string_view rate) {
  const auto priced = product_rounded_down(decimal_of(price), decimal_of(quantity), 2);
  const auto billed = priced ? product_rounded_down(*priced, decimal_of(rate), 2) : priced;
  APPORTION_CHECK(billed.has_value(), "an amount of the sample is too large");
  return billed->to_string();
}

// Daily usage has the consumption of Azure plans, and nothing that was bought.
bool is_in_daily_usage(const Charge& charge) {
  return charge.type == ChargeType::kUsage && charge.commitment == nullptr && charge.publisher_type == "Microsoft";
}

void fill_common(const Charge& charge, const MonthTexts& texts, RowText& text, Cells& cells) {
  const World& world = texts.world();
  const auto& money = texts.profile(charge.profile);
  cells[kPartnerId] = world.partner_tenant_id;
  cells[kPartnerName] = world.partner_name;
  if (charge.tenant != nullptr) {
    cells[kCustomerId] = charge.tenant->id;
    cells[kCustomerName] = charge.tenant->name;
  }
  cells[kInvoiceNumber] = money.invoice;
  cells[kProductId] = charge.product_id.substr(0, 12);
  cells[kSkuId] = charge.product_id.size() > 12 ? charge.product_id.substr(12) : std::string_view();
  cells[kProductName] = charge.product_name;
  cells[kPublisherName] = charge.publisher_name;
  cells[kChargeType] = charge_type_text(charge.type);
  cells[kSubscriptionId] = charge.order_id;
  cells[kEffectiveUnitPrice] = text.number(charge.effective_price);
  cells[kQuantity] = text.number(charge.quantity);
  cells[kRate] = money.rate;
}

}  // namespace

Result<InvoiceFiles> InvoiceFiles::begin(const MonthTexts& texts, const std::filesystem::path& folder) {
  APPORTION_TRY(make_folder(folder));
  InvoiceFiles files(texts);
  for (std::size_t profile = 0; profile < texts.world().profiles.size(); ++profile) {
    const std::string& number = texts.profile(static_cast<int>(profile)).invoice;
    Invoice& invoice = files.invoices_.emplace_back();
    APPORTION_ASSIGN(invoice.usage, begin_file(folder / (number + "_BilledUsage.csv"), kOfUsage));
    APPORTION_ASSIGN(invoice.lines, begin_file(folder / (number + "_Reconciliation.csv"), kOfLines));
  }
  return files;
}

Result<void> InvoiceFiles::add(const Charge& charge, RowText& text) {
  if (!charge.in_actual || charge.covered) return ok();
  const Profile& profile = texts_->world().profiles[static_cast<std::size_t>(charge.profile)];
  Invoice& invoice = invoices_[static_cast<std::size_t>(charge.profile)];
  const std::string_view day = texts_->day(charge.day).focus;
  Cells common(kCommon.size());
  fill_common(charge, *texts_, text, common);
  ++rows_;
  if (is_in_daily_usage(charge)) {
    const std::string_view subscription =
        charge.subscription == nullptr ? std::string_view() : std::string_view(charge.subscription->id);
    const std::string_view meter = charge.meter == nullptr ? std::string_view() : std::string_view(charge.meter->id);
    Cells usage = common;
    usage.insert(usage.end(), {subscription, day, meter, charge.resource_id,
                               text.number(amounts_of(charge, *texts_).billing), profile.currency});
    APPORTION_TRY(invoice.usage->add(usage, rows_));
  }
  const std::string subtotal = subtotal_of(common[kEffectiveUnitPrice], common[kQuantity], common[kRate]);
  const std::string_view commitment = charge.commitment == nullptr ? std::string_view() : charge.order_id;
  const bool is_seat = charge.frequency == Frequency::kRecurring && charge.commitment == nullptr;
  Cells line = std::move(common);
  line.insert(line.end(),
              {line[kQuantity], day, subtotal, "0", profile.currency, commitment,
               is_seat ? std::string_view("One-Month commitment for monthly billing") : std::string_view()});
  return invoice.lines->add(line, rows_);
}

Result<void> InvoiceFiles::finish() {
  for (const Invoice& invoice : invoices_) {
    APPORTION_TRY(invoice.usage->finish());
    APPORTION_TRY(invoice.lines->finish());
  }
  return ok();
}

}  // namespace apportion::sample
