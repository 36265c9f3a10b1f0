#include "sample/indirect_reseller.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/files.h"
#include "foundation/money/allocate.h"

namespace apportion::sample {
namespace {

constexpr std::size_t kSubscriptionsAtOnce = 64;  // twice as many files are open
constexpr std::string_view kPercentOfRetail = "85";
constexpr std::string_view kOtherPercent = "95";
constexpr std::string_view kOtherCurrency = "CHF";
constexpr std::string_view kUnknownSubscription = "00000000-0000-4000-8000-0000000d1571";
constexpr std::string_view kAmountWithoutCharges = "12.5";

Decimal percent_in_cents(Decimal retail, std::string_view percent) {
  const DecimalProduct product = multiply(retail, decimal_of(percent), decimal_of("0.01"));
  const std::array amounts{product.value};
  return round_to_minor_units(amounts, 2).front();
}

// Usage and its refunds: at the scope of a subscription there is nothing else.
bool is_shown(const Charge& charge) {
  const bool is_use = charge.type == ChargeType::kUsage || charge.type == ChargeType::kRefund;
  return is_use && charge.in_actual && charge.subscription != nullptr && charge.tenant != nullptr;
}

void price_at_retail(Charge& charge) {
  charge.unit_price = charge.list_price;
  charge.effective_price = charge.list_price;
  charge.partner_credit = false;
}

struct BillLine {
  std::string customer;
  std::string tenant;
  std::string subscription;
  std::string product;
  std::string currency;
  Decimal quantity;
  Decimal retail;
  Decimal amount;
};

// The lines of a month, by subscription and product.
class DistributorBill {
 public:
  void add(const Charge& charge, const World& world, const std::string& currency, RowText& text, Decimal retail) {
    const Tenant& tenant = *charge.tenant;
    const std::string& customer =
        tenant.customer < 0 ? tenant.name : world.customers[static_cast<std::size_t>(tenant.customer)].name;
    BillLine& line = lines_[{charge.subscription->id, std::string(charge.product_name)}];
    if (line.subscription.empty()) {
      line = {customer, tenant.id, charge.subscription->id, std::string(charge.product_name), currency, {}, {}, {}};
    }
    line.quantity += decimal_of(text.number(charge.quantity));
    line.retail += retail;
  }

  std::vector<BillLine> lines() const {
    std::vector<BillLine> lines;
    for (const auto& [key, line] : lines_) {
      lines.push_back(line);
      lines.back().amount = percent_in_cents(line.retail, kPercentOfRetail);
    }
    return lines;
  }

 private:
  std::map<std::pair<std::string, std::string>, BillLine> lines_;
};

// What a comparison must find of a subscription.
struct Expected {
  std::string subscription;
  std::string currency;
  std::string_view why;
  std::optional<Decimal> retail;
  std::optional<Decimal> distributor;
};

// Puts a difference of each class into a bill, each into a subscription of its own.
class Planter {
 public:
  explicit Planter(std::vector<BillLine>& lines) : lines_(lines) {}

  std::vector<Expected> plant() {
    BillLine line = lines_.front();
    for (const Subscription& one : chosen()) plant_next(one);
    line.subscription = kUnknownSubscription;
    line.amount = decimal_of(kAmountWithoutCharges);
    expected_.push_back({line.subscription, line.currency, "not-charged", {}, line.amount});
    lines_.push_back(std::move(line));
    return std::move(expected_);
  }

 private:
  struct Subscription {
    std::string id;
    std::string currency;
    Decimal retail;
  };

  // The first ones that cost enough for no difference to hide behind rounding.
  std::vector<Subscription> chosen() const {
    constexpr std::size_t kPlanted = 4;
    std::vector<Subscription> all;
    for (const BillLine& line : lines_) {
      if (all.empty() || all.back().id != line.subscription) all.push_back({line.subscription, line.currency, {}});
      all.back().retail += line.retail;
    }
    std::erase_if(all, [](const Subscription& one) { return one.retail < Decimal::from_integer(10); });
    all.resize(std::min(all.size(), kPlanted));
    return all;
  }

  std::span<BillLine> lines_of(const std::string& subscription) {
    const auto found = std::ranges::equal_range(lines_, subscription, {}, &BillLine::subscription);
    return {found.begin(), found.end()};
  }

  static Decimal sum_of(std::span<const BillLine> lines) {
    Decimal sum;
    for (const BillLine& line : lines) sum += line.amount;
    return sum;
  }

  void plant_next(const Subscription& one) {
    const std::span<BillLine> lines = lines_of(one.id);
    switch (planted_++) {
      case 0:
        std::erase_if(lines_, [&one](const BillLine& line) { return line.subscription == one.id; });
        return expect(one, "not-billed", {});
      case 1: {
        const BillLine& doubled =
            *std::ranges::max_element(lines, {}, [](const BillLine& line) { return line.amount; });
        const Decimal sum = sum_of(lines) + doubled.amount;
        lines_.insert(lines_.begin() + (&doubled - lines_.data()), BillLine(doubled));
        return expect(one, "doubled-lines", sum);
      }
      case 2:
        for (BillLine& line : lines) line.amount = percent_in_cents(line.retail, kOtherPercent);
        return expect(one, "other-percent", sum_of(lines));
      default:
        for (BillLine& line : lines) line.currency = kOtherCurrency;
        expected_.push_back({one.id, std::string(kOtherCurrency), "other-currency", {}, sum_of(lines)});
        return expect(one, "other-currency", {});
    }
  }

  void expect(const Subscription& one, std::string_view why, std::optional<Decimal> distributor) {
    expected_.push_back({one.id, one.currency, why, one.retail, distributor});
  }

  std::vector<BillLine>& lines_;  // by subscription
  int planted_ = 0;
  std::vector<Expected> expected_;
};

std::unique_ptr<PartWriter> csv_of(std::span<const std::string_view> names) {
  std::vector<FileColumn> columns;
  for (const std::string_view name : names) {
    columns.push_back({static_cast<int>(columns.size()), std::string(name), CellKind::kText});
  }
  return make_csv_writer(std::move(columns), Dialect(), false);
}

Result<void> write_lines(const std::vector<BillLine>& lines, Month month, const std::filesystem::path& file) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"Month", "CustomerName", "TenantId", "SubscriptionId", "Product", "Quantity", "Currency", "Amount"});
  const auto writer = csv_of(kNames);
  APPORTION_TRY(writer->begin(file));
  const std::string month_text = month.to_string();
  std::uint64_t row = 0;
  for (const BillLine& line : lines) {
    const std::string quantity = line.quantity.to_string();
    const std::string amount = line.amount.to_string();
    APPORTION_TRY(writer->add({month_text, line.customer, line.tenant, line.subscription, line.product, quantity,
                               line.currency, amount},
                              row++));
  }
  APPORTION_TRY(writer->finish());
  return ok();
}

Result<void> write_expected(const std::vector<Expected>& expected, const std::filesystem::path& file) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"Subscription", "BillingCurrency", "Class", "Retail", "Distributor"});
  const auto writer = csv_of(kNames);
  APPORTION_TRY(writer->begin(file));
  std::uint64_t row = 0;
  for (const Expected& one : expected) {
    const std::string retail = one.retail ? one.retail->to_string() : "";
    const std::string distributor = one.distributor ? one.distributor->to_string() : "";
    APPORTION_TRY(writer->add({one.subscription, one.currency, one.why, retail, distributor}, row++));
  }
  APPORTION_TRY(writer->finish());
  return ok();
}

Result<void> write_columns(const std::filesystem::path& file) {
  return write_text_file(
      file, fmt::format("# What the columns of the distributor's bills mean: the option --distributor of `connection "
                        "edit` takes this file.\n"
                        "subscription: SubscriptionId\n"
                        "customer_tenant: TenantId\n"
                        "customer: CustomerName\n"
                        "month: Month\n"
                        "currency: Currency\n"
                        "quantity: Quantity\n"
                        "cost: Amount\n"
                        "decimals: 2\n"
                        "percent_of_retail: {}\n",
                        kPercentOfRetail));
}

Result<void> write_bill(const IndirectMonth& month, const DistributorBill& bill) {
  const std::filesystem::path folder = month.options.out / "distributor";
  const Month of = month.charges.month();
  APPORTION_TRY(make_folder(folder));
  APPORTION_TRY(write_columns(folder / "columns.yaml"));
  std::vector<BillLine> lines = bill.lines();
  if (month.options.distributor_differences && !lines.empty()) {
    const std::vector<Expected> expected = Planter(lines).plant();
    APPORTION_TRY(write_expected(expected, folder / fmt::format("differences-{}.csv", of.to_string())));
  }
  return write_lines(lines, of, folder / fmt::format("bill-{}.csv", of.to_string()));
}

// Writes the exports of some subscriptions at once: all charges are made again for each such group.
class GroupWriter {
 public:
  GroupWriter(const IndirectMonth& month, const std::function<void()>& count_row)
      : month_(month), count_row_(count_row), world_(month.texts.world()) {}

  Result<void> write(std::size_t first, std::size_t end, DistributorBill& bill, std::vector<SampleRun>& runs) {
    Charge charge;
    RowText text;
    Cells cells;
    for (std::uint64_t index = 0; index < month_.charges.size(); ++index) {
      text.clear();
      if (!month_.charges.make(index, month_.view, charge, text) || !is_shown(charge)) continue;
      const auto subscription = static_cast<std::size_t>(charge.subscription - world_.subscriptions.data());
      if (subscription < first || end <= subscription) continue;
      price_at_retail(charge);
      fill_cost_row(charge, month_.texts, text, cells);
      if (charge.covered) clear_cost(cells);
      bill.add(charge, world_, std::string(cells[cost::kBillingCurrency]), text,
               decimal_of(cells[cost::kCostInBillingCurrency]));
      APPORTION_TRY(add(subscription, cells));
    }
    for (auto& [key, run] : runs_) {
      APPORTION_ASSIGN(SampleRun written, run.finish());
      runs.push_back(std::move(written));
    }
    runs_.clear();
    return ok();
  }

 private:
  // A subscription without charges has no exports.
  Result<void> add(std::size_t subscription, const Cells& cells) {
    for (const ExportKind kind : {ExportKind::kActual, ExportKind::kAmortized}) {
      auto run = runs_.find({subscription, kind});
      if (run == runs_.end()) {
        APPORTION_ASSIGN(RunWriter begun, begin(subscription, kind));
        run = runs_.emplace(std::pair(subscription, kind), std::move(begun)).first;
      }
      APPORTION_TRY(run->second.add(cells));
      count_row_();
    }
    return ok();
  }

  Result<RunWriter> begin(std::size_t subscription, ExportKind kind) const {
    const SampleOptions& options = month_.options;
    const std::uint64_t number =
        (month_index(month_.charges.month()) * world_.subscriptions.size() + subscription) * 2 +
        static_cast<std::uint64_t>(kind);
    return RunWriter::begin({kind, month_.time, Dialect(), options.seed, number, world_.billing_account_id,
                             world_.subscriptions[subscription].id, options.out, options.format,
                             options.part_bytes_max});
  }

  const IndirectMonth& month_;
  const std::function<void()>& count_row_;
  const World& world_;
  std::map<std::pair<std::size_t, ExportKind>, RunWriter> runs_;
};

}  // namespace

Result<std::vector<SampleRun>> write_indirect_month(const IndirectMonth& month,
                                                    const std::function<void()>& count_row) {
  const std::size_t all = month.texts.world().subscriptions.size();
  DistributorBill bill;
  std::vector<SampleRun> runs;
  GroupWriter writer(month, count_row);
  for (std::size_t first = 0; first < all; first += kSubscriptionsAtOnce) {
    APPORTION_TRY(writer.write(first, std::min(all, first + kSubscriptionsAtOnce), bill, runs));
  }
  if (month.is_billed) APPORTION_TRY(write_bill(month, bill));
  return runs;
}

}  // namespace apportion::sample
