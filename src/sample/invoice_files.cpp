#include "sample/invoice_files.h"

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

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
constexpr std::size_t kUsageAmount = kOwn + 4;
constexpr std::size_t kSubtotal = kOwn + 2;
constexpr std::size_t kTaxTotal = kOwn + 3;
static_assert(kOfUsage[kUsageAmount - kOwn] == "BillingPreTaxTotal");
static_assert(kOfLines[kSubtotal - kOwn] == "Subtotal" && kOfLines[kTaxTotal - kOwn] == "TaxTotal");

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

// What is planted, in this order; daily usage has no tax.
constexpr auto kPlanted =
    std::to_array<Planted>({Planted::kMissingLines, Planted::kOtherInvoice, Planted::kExchangeRate,
                            Planted::kDoubledLine, Planted::kCredit, Planted::kChanged, Planted::kTax});
constexpr std::span<const Planted> kPlantedInUsage(kPlanted.data(), kPlanted.size() - 1);

constexpr std::string_view kCreditAmount = "-10";
constexpr std::string_view kTaxAmount = "1.9";
constexpr std::string_view kChange = "1.23";
constexpr std::string_view kAmountWithoutCharges = "7.77";
constexpr std::string_view kCustomerWithoutCharges = "0de1e7ed-0000-4000-8000-000000000000";
constexpr Scaled kOtherRate = {1, 2};  // more than the right one

// ROUNDDOWN(ROUNDDOWN(price * quantity, 2) * rate, 2), as the reconciliation file has it.
Decimal subtotal_of(std::string_view price, std::string_view quantity, std::string_view rate) {
  const auto priced = product_rounded_down(decimal_of(price), decimal_of(quantity), 2);
  const auto billed = priced ? product_rounded_down(*priced, decimal_of(rate), 2) : priced;
  APPORTION_CHECK(billed.has_value(), "an amount of the sample is too large");
  return *billed;
}

// Daily usage has the consumption of Azure plans, and nothing that was bought.
bool is_in_daily_usage(const Charge& charge) {
  return charge.type == ChargeType::kUsage && charge.commitment == nullptr && charge.publisher_type == "Microsoft";
}

// Why a charge is not in daily usage.
std::string_view why_not_in_daily_usage(const Charge& charge) {
  if (charge.type == ChargeType::kRefund) return "credit";
  if (charge.type == ChargeType::kRounding) return "rounding";
  if (charge.commitment != nullptr) return "commitment";
  return charge.publisher_type == "Microsoft" ? "seats-and-software" : "marketplace";
}

// What daily usage is compared by: a charge of it that is not in the file differs together with the line.
std::string subject_of(const Charge& charge) {
  return fmt::format("{}/{}/{}/{}/{}/{}", charge.tenant == nullptr ? "" : charge.tenant->id,
                     charge.subscription == nullptr ? "" : charge.subscription->id, charge.product_id,
                     charge.day.days_since_epoch(), charge.meter == nullptr ? "" : charge.meter->id,
                     charge.resource_id);
}

// The number of another invoice, which no charge has.
std::string other_invoice(std::string_view number) {
  std::string other(number);
  other[1] = number[1] == '9' ? '8' : '9';
  return other;
}

Scaled other_rate(Scaled rate) {
  APPORTION_CHECK(rate.digits >= kOtherRate.digits, "a rate of the sample has too few decimal places");
  Int128 more = kOtherRate.units;
  for (int digits = kOtherRate.digits; digits < rate.digits; ++digits) more *= 10;
  return {rate.units + more, rate.digits};
}

}  // namespace

struct InvoiceFiles::Line {
  Planting::Plant plant;
  Cells cells;  // at first the common ones
  std::string_view invoice;
  std::string_view currency;
  std::string_view why_alone = "missing-lines";      // if no line is left
  std::string_view why_elsewhere = "other-invoice";  // if the lines are on another invoice
  Decimal charge;
  Decimal exact;   // price * quantity * rate of the line
  Decimal amount;  // what the line says
  std::size_t amount_place = 0;
  std::optional<std::size_t> tax_place;
};

Result<InvoiceFiles> InvoiceFiles::begin(const MonthTexts& texts, const std::filesystem::path& folder,
                                         bool plants_differences) {
  APPORTION_TRY(make_folder(folder));
  InvoiceFiles files(texts, plants_differences);
  const std::span<const Planted> in_usage = plants_differences ? kPlantedInUsage : std::span<const Planted>();
  const std::span<const Planted> in_lines = plants_differences ? std::span(kPlanted) : std::span<const Planted>();
  for (std::size_t profile = 0; profile < texts.world().profiles.size(); ++profile) {
    const std::string& number = texts.profile(static_cast<int>(profile)).invoice;
    APPORTION_ASSIGN(auto usage, begin_file(folder / (number + "_BilledUsage.csv"), kOfUsage));
    APPORTION_ASSIGN(auto lines, begin_file(folder / (number + "_Reconciliation.csv"), kOfLines));
    files.invoices_.push_back(
        {{std::move(usage), Planting(in_usage), {}, ""}, {std::move(lines), Planting(in_lines), {}, ""}});
  }
  return files;
}

Result<void> InvoiceFiles::add(const Charge& charge, RowText& text) {
  if (!charge.in_actual || charge.covered) return ok();
  ++rows_;
  APPORTION_TRY(add_usage(charge, text));
  return add_line(charge, text);
}

InvoiceFiles::Line InvoiceFiles::begin_line(const Charge& charge, std::string_view subscription, File& file,
                                            RowText& text) const {
  const World& world = texts_->world();
  const auto& money = texts_->profile(charge.profile);
  const Amounts amounts = amounts_of(charge, *texts_);
  Line line;
  if (plants_differences_) {
    const Decimal one = Decimal::from_integer(1);
    line.charge = decimal_of(text.number(amounts.billing));
    const bool is_usual =
        is_in_daily_usage(charge) && line.charge >= one && decimal_of(text.number(amounts.usd)) >= one;
    const std::string_view customer = charge.tenant == nullptr ? std::string_view() : charge.tenant->id;
    line.plant = file.planting.next(fmt::format("{}/{}/{}", customer, subscription, charge.product_id), is_usual);
  }
  const bool has_other_rate = line.plant.what == Planted::kExchangeRate;
  const Scaled rate = has_other_rate ? other_rate(money.rate_value) : money.rate_value;
  line.exact = decimal_of(text.number(amounts.usd * rate));
  line.invoice = money.invoice;
  line.currency = world.profiles[static_cast<std::size_t>(charge.profile)].currency;
  Cells& cells = line.cells;
  cells.assign(kCommon.size(), {});
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
  cells[kRate] = has_other_rate ? text.number(rate) : std::string_view(money.rate);
  return line;
}

void InvoiceFiles::expect_outside_usage(const Charge& charge, File& usage, RowText& text) const {
  usage.expected.add(texts_->profile(charge.profile).invoice,
                     texts_->world().profiles[static_cast<std::size_t>(charge.profile)].currency,
                     subject_of(charge) == usage.changed ? "unknown" : why_not_in_daily_usage(charge),
                     decimal_of(text.number(amounts_of(charge, *texts_).billing)));
}

Result<void> InvoiceFiles::add_usage(const Charge& charge, RowText& text) {
  File& file = invoices_[static_cast<std::size_t>(charge.profile)].usage;
  const std::string_view subscription = charge.subscription == nullptr ? std::string_view() : charge.subscription->id;
  if (!is_in_daily_usage(charge)) {
    if (plants_differences_) expect_outside_usage(charge, file, text);
    return ok();
  }
  Line line = begin_line(charge, subscription, file, text);
  line.amount = line.exact;
  line.amount_place = kUsageAmount;
  if (line.plant.is_first && line.plant.what == Planted::kChanged) file.changed = subject_of(charge);
  const std::string_view meter = charge.meter == nullptr ? std::string_view() : charge.meter->id;
  line.cells.insert(line.cells.end(), {subscription, texts_->day(charge.day).focus, meter, charge.resource_id,
                                       std::string_view(), line.currency});
  return write(file, std::move(line));
}

Result<void> InvoiceFiles::add_line(const Charge& charge, RowText& text) {
  File& file = invoices_[static_cast<std::size_t>(charge.profile)].lines;
  Line line = begin_line(charge, charge.order_id, file, text);
  line.amount = subtotal_of(line.cells[kEffectiveUnitPrice], line.cells[kQuantity], line.cells[kRate]);
  if (charge.type == ChargeType::kRefund || charge.type == ChargeType::kRounding) {
    line.why_alone = line.why_elsewhere = why_not_in_daily_usage(charge);
  }
  line.amount_place = kSubtotal;
  line.tax_place = kTaxTotal;
  const std::string_view commitment = charge.commitment == nullptr ? std::string_view() : charge.order_id;
  const bool is_seat = charge.frequency == Frequency::kRecurring && charge.commitment == nullptr;
  line.cells.insert(
      line.cells.end(),
      {line.cells[kQuantity], texts_->day(charge.day).focus, std::string_view(), "0", line.currency, commitment,
       is_seat ? std::string_view("One-Month commitment for monthly billing") : std::string_view()});
  return write(file, std::move(line));
}

Result<void> InvoiceFiles::write(File& file, Line line) const {
  const auto [what, is_first] = line.plant;
  const std::string invoice(line.invoice);
  const auto expect = [&](std::string_view why, Decimal difference) {
    if (plants_differences_) file.expected.add(invoice, line.currency, why, difference);
  };
  std::string other;
  switch (what) {
    case Planted::kMissingLines: expect(line.why_alone, line.charge); return ok();
    case Planted::kOtherInvoice:
      other = other_invoice(invoice);
      line.cells[kInvoiceNumber] = other;
      expect(line.why_elsewhere, line.charge);
      file.expected.add(other, line.currency, line.why_elsewhere, line.amount.negated());
      break;
    case Planted::kChanged:
      if (is_first) line.amount += decimal_of(kChange);
      expect("unknown", line.charge - line.amount);
      break;
    case Planted::kExchangeRate: expect("exchange-rate", line.charge - line.exact); [[fallthrough]];
    default:
      if (line.exact != line.amount) expect("rounding", line.exact - line.amount);
  }
  const std::string amount = line.amount.to_string();
  line.cells[line.amount_place] = amount;
  if (is_first && what == Planted::kTax && line.tax_place) {
    line.cells[*line.tax_place] = kTaxAmount;
    expect("tax", decimal_of(kTaxAmount).negated());
  }
  APPORTION_TRY(file.writer->add(line.cells, rows_));
  if (is_first && what == Planted::kDoubledLine) {
    expect("doubled-lines", line.amount.negated());
    return file.writer->add(line.cells, rows_);
  }
  if (is_first && what == Planted::kCredit) {
    expect("credit", decimal_of(kCreditAmount).negated());
    line.cells[kChargeType] = "credit";
    line.cells[line.amount_place] = kCreditAmount;
    return file.writer->add(line.cells, rows_);
  }
  return ok();
}

Result<void> InvoiceFiles::add_line_without_charges(std::size_t profile) {
  Invoice& invoice = invoices_[profile];
  const std::string& number = texts_->profile(static_cast<int>(profile)).invoice;
  const std::string_view currency = texts_->world().profiles[profile].currency;
  const std::string_view day = texts_->first_day().focus;
  Cells cells(kCommon.size());
  cells[kPartnerId] = texts_->world().partner_tenant_id;
  cells[kCustomerId] = kCustomerWithoutCharges;
  cells[kInvoiceNumber] = number;
  cells[kProductId] = "DZH318Z0BXXX";
  cells[kSkuId] = "0001";
  cells[kPublisherName] = "Microsoft";
  cells[kChargeType] = charge_type_text(ChargeType::kUsage);
  cells[kEffectiveUnitPrice] = kAmountWithoutCharges;
  cells[kQuantity] = cells[kRate] = "1";
  const auto add = [&](File& file, std::initializer_list<std::string_view> own) {
    Cells line = cells;
    line.insert(line.end(), own);
    file.expected.add(number, currency, "missing-charges", decimal_of(kAmountWithoutCharges).negated());
    return file.writer->add(line, ++rows_);
  };
  APPORTION_TRY(add(invoice.usage, {"", day, "", "", kAmountWithoutCharges, currency}));
  return add(invoice.lines, {"1", day, kAmountWithoutCharges, "0", currency, "", ""});
}

Result<void> InvoiceFiles::finish(const std::filesystem::path& expected) {
  for (std::size_t profile = 0; profile < invoices_.size(); ++profile) {
    if (plants_differences_) APPORTION_TRY(add_line_without_charges(profile));
    APPORTION_TRY(invoices_[profile].usage.writer->finish());
    APPORTION_TRY(invoices_[profile].lines.writer->finish());
  }
  if (!plants_differences_) return ok();
  std::string text = "File,InvoiceId,BillingCurrency,Class,Difference\n";
  for (const Invoice& invoice : invoices_) {
    text += invoice.usage.expected.csv("daily-usage") + invoice.lines.expected.csv("reconciliation");
  }
  return write_text_file(expected, text);
}

}  // namespace apportion::sample
