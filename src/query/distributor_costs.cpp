#include "query/distributor_costs.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/row_values.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/money/allocate.h"
#include "foundation/money/ratio.h"
#include "lake/snapshot.h"
#include "pipeline/invoices/bill_columns.h"
#include "query/distributor_charges.sql.h"
#include "query/imported_invoices.h"
#include "query/legacy.h"
#include "query/reconciled_account_internal.h"

namespace apportion {
namespace {

constexpr std::int64_t kLinesBetweenChecks = 1 << 16;

// By what charges are found, and how lines say it.
enum class Place { kSubscription, kSubscriptionName, kTenant, kCustomer };

// What the bills of a month tell of their lines.
struct Detail {
  Place place = Place::kSubscription;
  std::optional<BillField> product;

  bool operator==(const Detail&) const = default;
};

Detail detail_of(const BillColumns& columns) {
  Detail detail{Place::kCustomer, columns.product_field()};
  if (const auto subscription = columns.subscription_field()) {
    detail.place = *subscription == BillField::kSubscription ? Place::kSubscription : Place::kSubscriptionName;
  } else if (columns.has(BillField::kTenant)) {
    detail.place = Place::kTenant;
  }
  return detail;
}

struct Bill {
  Import import;
  BillColumns columns;
};

// What lines of a key have in one currency.
struct LineSum {
  Decimal sum;
  std::int64_t rows = 0;
  std::int64_t doubled_rows = 0;
  bool has_quantities = true;
  Decimal quantity;
  Decimal rounding;                // the most that rounding changed the sum
  std::optional<Decimal> percent;  // as agreed
  bool has_one_percent = true;
  std::int64_t first_place = 0;
  std::string first_line;
  std::string subscription;
  std::string customer;  // whom they name
};

// Charges of a key for one customer in one subscription.
struct ChargeSum {
  std::string customer;
  std::string subscription;
  std::string subscription_name;
  std::optional<Decimal> retail;  // nothing in another currency than that of the charges
  std::int64_t rows = 0;
  std::int64_t first_row = 0;
};

// By currency.
struct Account {
  std::map<std::string, LineSum> lines;
  std::map<std::string, std::vector<ChargeSum>> charges;
};

// A place and a product.
using AccountKey = std::pair<std::string, std::string>;

Result<std::vector<Bill>> bills_in_scope(const ControlPlane& control_plane, const ReadScope& scope) {
  APPORTION_ASSIGN(std::vector<Import> imports, imports_of_lines(control_plane, ReadScope::of_partner()));
  std::vector<Bill> bills;
  for (Import& import : imports) {
    if (import.dataset != Dataset::kDistributorBill || !scope.has_month(import.month)) continue;
    APPORTION_ASSIGN(BillColumns columns, parse_bill_columns(import.layout, fmt::format("import {}", import.id.raw()),
                                                             InvoiceFileKind::kDistributorBill));
    bills.push_back({std::move(import), std::move(columns)});
  }
  if (!bills.empty()) return bills;
  return Error{ErrorId::kNoInvoiceLines, "there is no bill of a distributor to compare with",
               scope.month ? scope.month->to_string() : "any month", "none of these months has been imported",
               "import what the distributor bills: " + step(Step::kImportInvoiceLines)};
}

Result<std::set<std::string>> retail_connections(const ControlPlane& control_plane) {
  APPORTION_ASSIGN(const auto connections, control_plane.connections());
  std::set<std::string> names;
  for (const Connection& connection : connections) {
    if (connection.allow_retail_prices) names.insert(connection.name);
  }
  if (!names.empty()) return names;
  return Error{ErrorId::kNoCharges, "there are no charges to compare with a distributor's bill", "connections",
               "no connection accepts retail prices, which exports of subscriptions have",
               "allow it for those that have them: " + step(Step::kAllowRetailPrices)};
}

// Compares one month.
class MonthComparer {
 public:
  MonthComparer(LakeReader& reader, Month month, Detail detail, const std::set<std::string>& connections,
                const LegacyCustomerFinder& finder, const Cancel& cancel)
      : reader_(reader),
        month_(month),
        detail_(detail),
        connections_(connections),
        finder_(finder),
        cancel_(cancel) {}

  Result<void> read_lines(const Bill& bill, const InvoiceLines& lines) {
    std::int64_t until_check = kLinesBetweenChecks;
    const InvoiceLineVisitor visit = [&](const InvoiceLine& line) -> Result<void> {
      if (--until_check == 0) {
        until_check = kLinesBetweenChecks;
        if (cancel_.requested()) return cancelled_error(lines.name);
      }
      add(line, bill);
      return ok();
    };
    const auto facts = lines.read({std::span(&visit, 1)});
    return facts ? ok() : Result<void>(facts.error());
  }

  Result<void> read_charges() {
    const std::string statement =
        fmt::format(fmt::runtime(sql::kDistributorChargesSql), fmt::arg("place", place_column()),
                    fmt::arg("product", product_column()));
    const std::vector<EngineValue> values{month_.to_string()};
    return reader_.engine().query(statement, values, [&](const EngineRow& row) -> Result<void> {
      if (cancel_.requested()) return cancelled_error("the charges");
      if (!connections_.contains(text_at(row, 0))) return ok();
      Account& account = accounts_[{ascii_lower(text_at(row, 2)), product_key(text_at(row, 3))}];
      account.charges[text_at(row, 1)].push_back({text_at(row, 4), ascii_lower(text_at(row, 5)), text_at(row, 6),
                                                  row.decimal(8), row.integer(7), row.integer(9)});
      has_charges_ = true;
      return ok();
    });
  }

  bool has_charges() const { return has_charges_; }

  std::vector<DistributorCost> costs() {
    for (auto& [key, account] : accounts_) {
      for (auto& [currency, charges] : account.charges) {
        std::ranges::sort(charges, {}, [](const ChargeSum& one) { return std::tie(one.customer, one.subscription); });
      }
      for (const auto& [currency, lines] : account.lines) add_billed(key, currency, lines, account.charges);
      for (const auto& [currency, charges] : account.charges) {
        if (!account.lines.contains(currency)) add_without_lines(key, currency, charges, !account.lines.empty());
      }
    }
    return std::move(costs_);
  }

 private:
  std::string_view place_column() const {
    switch (detail_.place) {
      case Place::kSubscription: return "x_SubscriptionId";
      case Place::kSubscriptionName: return "SubAccountName";
      case Place::kTenant: return "x_CustomerTenantId";
      case Place::kCustomer: return "CustomerId";
    }
    return {};
  }

  std::string_view product_column() const {
    if (!detail_.product) return "CAST(NULL AS VARCHAR)";
    switch (*detail_.product) {
      case BillField::kProductName: return "ChargeDescription";
      case BillField::kService: return "ServiceName";
      default: return "SkuId";
    }
  }

  // Empty where nobody knows it: no charge has it then.
  std::string place_of(const InvoiceLine& line) const {
    switch (detail_.place) {
      case Place::kSubscription:
      case Place::kSubscriptionName: return std::string(line.subscription);
      case Place::kTenant: return std::string(line.customer_id);
      case Place::kCustomer: return ascii_lower(customer_of(line.customer_id));
    }
    return {};
  }

  std::string customer_of(std::string_view text) const {
    if (text.empty()) return {};
    const auto found = finder_.find(text, month_);
    return found && found->raw() != kUnassignedCustomerId ? found->raw() : std::string();
  }

  void add(const InvoiceLine& line, const Bill& bill) {
    std::string place = place_of(line);
    // Lines that are found nowhere stay apart by whom they name.
    if (place.empty()) place = fmt::format("\x1f{}", line.customer_id);
    Account& account = accounts_[{std::move(place), detail_.product ? std::string(line.product) : std::string()}];
    LineSum& sum = account.lines[std::string(line.currency->code())];
    sum.sum += line.amount;
    ++sum.rows;
    if (!seen_.insert(line.hash).second) ++sum.doubled_rows;
    sum.has_quantities = sum.has_quantities && line.quantity.has_value();
    sum.quantity += line.quantity.value_or(Decimal());
    sum.rounding += bill.columns.rounding_of_line();
    const auto percent = bill.columns.percent_of_retail;
    sum.has_one_percent = sum.has_one_percent && (sum.rows == 1 || sum.percent == percent);
    sum.percent = percent;
    if (sum.rows > 1 && sum.first_place < line.place) return;
    sum.first_place = line.place;
    sum.first_line = fmt::format("{}:{}", line.file, line.line);
    sum.subscription = detail_.place == Place::kSubscription ? line.subscription : std::string_view();
    sum.customer = line.customer_id;
  }

  DistributorCost cost_of(const AccountKey& key, const std::string& currency, DistributorClass why) const {
    return DistributorCost{.month = month_, .product = key.second, .currency = currency, .why = why};
  }

  DistributorCost cost_of_charges(const AccountKey& key, const std::string& currency, const ChargeSum& charges,
                                  DistributorClass why) const {
    DistributorCost cost = cost_of(key, currency, why);
    cost.customer = charges.customer;
    cost.subscription = charges.subscription;
    cost.subscription_name = charges.subscription_name;
    cost.retail = charges.retail;
    cost.charge_rows = charges.rows;
    cost.first_row = charges.first_row;
    return cost;
  }

  void describe_lines(const LineSum& lines, DistributorCost& cost) const {
    cost.line_rows = lines.rows;
    cost.first_line = lines.first_line;
    if (detail_.product && lines.has_quantities) cost.quantity = lines.quantity;
  }

  // What lines of a key have in one currency.
  void add_billed(const AccountKey& key, const std::string& currency, const LineSum& lines,
                  const std::map<std::string, std::vector<ChargeSum>>& charges) {
    const auto own = charges.find(currency);
    const bool is_same = own != charges.end();
    if (charges.empty()) return add_unspread(key, currency, lines, DistributorClass::kNotCharged, {});
    if (!is_same && charges.size() > 1) {
      return add_unspread(key, currency, lines, DistributorClass::kOtherCurrency, {});
    }
    const std::vector<ChargeSum>& groups = is_same ? own->second : charges.begin()->second;
    std::vector<Decimal> retail;
    for (const ChargeSum& group : groups) retail.push_back(*group.retail);
    const auto parts = allocate_in_proportion(lines.sum, retail);
    if (!parts) {
      add_unspread(key, currency, lines, DistributorClass::kNoRetail, groups);
      if (is_same) add_groups(key, currency, groups, {}, DistributorClass::kNoRetail, nullptr);
      return;
    }
    const DistributorClass why = is_same ? class_of(lines, retail) : DistributorClass::kOtherCurrency;
    add_groups(key, currency, is_same ? groups : without_retail(groups), *parts, why, &lines);
  }

  static std::vector<ChargeSum> without_retail(std::vector<ChargeSum> groups) {
    for (ChargeSum& group : groups) group.retail.reset();
    return groups;
  }

  // Parts are for each group, or for none.
  void add_groups(const AccountKey& key, const std::string& currency, const std::vector<ChargeSum>& groups,
                  const std::vector<Decimal>& parts, DistributorClass why, const LineSum* lines) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      DistributorCost cost = cost_of_charges(key, currency, groups[i], why);
      if (!parts.empty()) cost.distributor = parts[i];
      if (i == 0 && lines != nullptr) describe_lines(*lines, cost);
      costs_.push_back(std::move(cost));
    }
  }

  static DistributorClass class_of(const LineSum& lines, const std::vector<Decimal>& retail) {
    if (lines.doubled_rows > 0) return DistributorClass::kDoubledLines;
    if (!lines.has_one_percent || !lines.percent) return DistributorClass::kBilled;
    Decimal whole;
    for (const Decimal one : retail) whole += one;
    const DecimalProduct agreed = multiply(whole, *lines.percent, Decimal::from_units(Decimal::kUnitsPerOne / 100));
    const bool is_agreed = !agreed.overflow && magnitude_of(lines.sum - agreed.value) <= lines.rounding;
    return is_agreed ? DistributorClass::kBilled : DistributorClass::kOtherPercent;
  }

  // Of the customer that all charges are of, or else of the one that the lines name.
  void add_unspread(const AccountKey& key, const std::string& currency, const LineSum& lines, DistributorClass why,
                    const std::vector<ChargeSum>& groups) {
    DistributorCost cost = cost_of(key, currency, why);
    cost.subscription = lines.subscription;
    cost.billed_customer = lines.customer;
    cost.distributor = lines.sum;
    cost.customer = customer_of(lines.customer);
    if (!groups.empty()) {
      const bool is_of_one = groups.front().customer == groups.back().customer;  // they are sorted
      cost.customer = is_of_one ? groups.front().customer : std::string();
    }
    describe_lines(lines, cost);
    costs_.push_back(std::move(cost));
  }

  // Charges that cost nothing need no line.
  void add_without_lines(const AccountKey& key, const std::string& currency, const std::vector<ChargeSum>& charges,
                         bool has_lines) {
    const DistributorClass why = has_lines ? DistributorClass::kOtherCurrency : DistributorClass::kNotBilled;
    std::vector<ChargeSum> of_cost = charges;
    std::erase_if(of_cost, [](const ChargeSum& one) { return one.retail->is_zero(); });
    add_groups(key, currency, of_cost, {}, why, nullptr);
  }

  LakeReader& reader_;
  Month month_;
  Detail detail_;
  const std::set<std::string>& connections_;
  const LegacyCustomerFinder& finder_;
  const Cancel& cancel_;
  std::map<AccountKey, Account> accounts_;
  std::unordered_set<std::int64_t> seen_;  // lines, by their hashes
  bool has_charges_ = false;
  std::vector<DistributorCost> costs_;
};

Result<Detail> common_detail(Month month, const std::vector<const Bill*>& bills) {
  const Detail first = detail_of(bills.front()->columns);
  for (const Bill* bill : bills) {
    if (detail_of(bill->columns) == first) continue;
    return Error{ErrorId::kBillColumnsInvalid, "bills of one month tell different things of their lines",
                 month.to_string(),
                 fmt::format("imports {} and {} name charges by different columns (subscription, tenant, customer, "
                             "product)",
                             bills.front()->import.id.raw(), bill->import.id.raw()),
                 "name the same columns for all of them, and import them again"};
  }
  return first;
}

// Months between the first and the last bill; or the one that was asked for.
std::vector<Month> months_of(const std::vector<Bill>& bills) {
  const auto [first, last] =
      std::ranges::minmax(bills, {}, [](const Bill& bill) { return bill.import.month; });
  std::vector<Month> months;
  for (Month month = first.import.month; month <= last.import.month; month = month.plus_months(1)) {
    months.push_back(month);
  }
  return months;
}

void add_to(std::optional<Decimal>& sum, const std::optional<Decimal>& amount) {
  if (amount) sum = sum.value_or(Decimal()) + *amount;
}

void add_customers(const std::vector<Customer>& known, DistributorCosts& found) {
  std::map<std::pair<std::string, std::string>, DistributorCustomer> sums;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> subscriptions;
  std::set<std::pair<std::string, std::string>> unknown;
  for (const DistributorCost& cost : found.costs) {
    const std::pair key(cost.customer, cost.currency);
    DistributorCustomer& sum = sums[key];
    add_to(sum.retail, cost.retail);
    add_to(sum.distributor, cost.distributor);
    if (cost.why != DistributorClass::kBilled) sum.classes.insert(cost.why);
    if (!cost.subscription.empty()) subscriptions[key].insert(cost.subscription);
    if (!cost.difference()) unknown.insert(key);
  }
  for (auto& [key, sum] : sums) {
    std::tie(sum.customer, sum.currency) = key;
    sum.subscriptions = std::ssize(subscriptions[key]);
    const auto customer = std::ranges::find(known, CustomerId(sum.customer), &Customer::id);
    sum.name = customer == known.end() ? sum.customer : customer->name;
    if (!unknown.contains(key)) {
      sum.difference = *sum.retail - *sum.distributor;
      sum.percent_of_retail = percent_of(*sum.distributor, *sum.retail);
    }
    found.customers.push_back(std::move(sum));
  }
}

std::string in_words(const std::vector<Month>& months) {
  std::vector<std::string> texts;
  for (const Month month : months) texts.push_back(month.to_string());
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::string_view distributor_class_name(DistributorClass why) {
  switch (why) {
    case DistributorClass::kBilled: return "billed";
    case DistributorClass::kOtherPercent: return "other-percent";
    case DistributorClass::kDoubledLines: return "doubled-lines";
    case DistributorClass::kNotBilled: return "not-billed";
    case DistributorClass::kNotCharged: return "not-charged";
    case DistributorClass::kOtherCurrency: return "other-currency";
    case DistributorClass::kNoRetail: return "no-retail";
  }
  return {};
}

std::optional<Decimal> DistributorCost::difference() const {
  return retail && distributor ? std::optional(*retail - *distributor) : std::nullopt;
}

std::optional<Decimal> DistributorCost::percent_of_retail() const {
  return retail && distributor ? percent_of(*distributor, *retail) : std::nullopt;
}

bool DistributorCosts::holds() const {
  const bool has_all_months = without_bill.empty() && without_charges.empty();
  return has_all_months && std::ranges::all_of(costs, [](const DistributorCost& cost) {
           return cost.why == DistributorClass::kBilled;
         });
}

Result<DistributorCosts> distributor_costs(LakeReader& reader, const ReadScope& scope, const Cancel& cancel) {
  APPORTION_TRY(require_partner(scope, "what the distributor bills"));
  APPORTION_ASSIGN(const std::vector<Bill> bills, bills_in_scope(reader.control_plane(), scope));
  APPORTION_ASSIGN(const auto connections, retail_connections(reader.control_plane()));
  APPORTION_ASSIGN(const auto customers, reader.control_plane().customers());
  const LegacyCustomerFinder finder(customers);
  ReadScope all_connections = scope;
  all_connections.connection.reset();
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::take(reader.control_plane(), all_connections));
  APPORTION_TRY(reader.open_relations(snapshot));
  DistributorCosts found;
  for (const Month month : months_of(bills)) {
    std::vector<const Bill*> of_month;
    for (const Bill& bill : bills) {
      if (bill.import.month == month) of_month.push_back(&bill);
    }
    if (of_month.empty()) {
      found.without_bill.push_back(month);
      continue;
    }
    APPORTION_ASSIGN(const Detail detail, common_detail(month, of_month));
    MonthComparer comparer(reader, month, detail, connections, finder, cancel);
    APPORTION_TRY(comparer.read_charges());
    if (!comparer.has_charges()) {
      found.without_charges.push_back(month);
      continue;
    }
    for (const Bill* bill : of_month) {
      APPORTION_ASSIGN(const auto lines, lines_of_imports(reader, all_connections, std::span(&bill->import, 1)));
      APPORTION_TRY(comparer.read_lines(*bill, lines.front()));
    }
    found.months.push_back(month);
    std::ranges::move(comparer.costs(), std::back_inserter(found.costs));
  }
  if (found.months.empty()) {
    return Error{ErrorId::kNoCharges, "there are no charges to compare with the distributor's bill",
                 in_words(found.without_charges), "no export of a subscription at retail prices has these months",
                 "import their exports first: " + step(Step::kSync)};
  }
  std::ranges::sort(found.costs, {}, [](const DistributorCost& one) {
    return std::tie(one.month, one.customer, one.subscription, one.product, one.currency, one.why, one.first_line);
  });
  add_customers(customers, found);
  return found;
}

Table distributor_customers_table(const DistributorCosts& costs) {
  Table table;
  table.columns = {{"CustomerId"},
                   {"CustomerName"},
                   {"BillingCurrency"},
                   {"Subscriptions", TableKind::kInteger},
                   {"Retail", TableKind::kMoney, true},
                   {"Distributor", TableKind::kMoney, true},
                   {"Difference", TableKind::kMoney},
                   {"PercentOfRetail", TableKind::kPercent},
                   {"Classes"}};
  table.has_totals = true;
  for (const DistributorCustomer& one : costs.customers) {
    std::vector<std::string_view> classes;
    for (const DistributorClass why : one.classes) classes.push_back(distributor_class_name(why));
    table.rows.push_back({text_cell(one.customer), text_cell(one.name), one.currency, one.subscriptions,
                          optional_cell(one.retail), optional_cell(one.distributor), optional_cell(one.difference),
                          optional_cell(one.percent_of_retail),
                          text_cell(fmt::format("{}", fmt::join(classes, ", ")))});
  }
  return table;
}

Table distributor_costs_table(const DistributorCosts& costs, bool only_differences) {
  Table table;
  table.columns = {{"Month"},
                   {"CustomerId"},
                   {"BilledCustomer"},
                   {"BillingCurrency"},
                   {"Subscription"},
                   {"SubscriptionName"},
                   {"Product"},
                   {"Class"},
                   {"Retail", TableKind::kMoney, true},
                   {"Distributor", TableKind::kMoney, true},
                   {"Difference", TableKind::kMoney},
                   {"PercentOfRetail", TableKind::kPercent},
                   {"ChargeRows", TableKind::kInteger},
                   {"LineRows", TableKind::kInteger},
                   {"Quantity", TableKind::kDecimal},
                   {"FirstRow", TableKind::kInteger},
                   {"FirstLine"}};
  table.has_totals = true;
  for (const DistributorCost& one : costs.costs) {
    if (only_differences && one.why == DistributorClass::kBilled) continue;
    table.rows.push_back({one.month.to_string(), text_cell(one.customer), text_cell(one.billed_customer), one.currency,
                          text_cell(one.subscription), text_cell(one.subscription_name), text_cell(one.product),
                          std::string(distributor_class_name(one.why)), optional_cell(one.retail),
                          optional_cell(one.distributor), optional_cell(one.difference()),
                          optional_cell(one.percent_of_retail()), one.charge_rows, one.line_rows,
                          optional_cell(one.quantity), optional_cell(one.first_row),
                          text_cell(one.first_line)});
  }
  return table;
}

std::vector<std::string> distributor_notices(const DistributorCosts& costs) {
  std::vector<std::string> notices;
  const auto add = [&notices](const std::vector<Month>& months, std::string_view what) {
    if (!months.empty()) notices.push_back(fmt::format("{}: {}", what, in_words(months)));
  };
  add(costs.months, "compared with the distributor's bills");
  add(costs.without_bill, "not compared, since no bill of a distributor was imported");
  add(costs.without_charges, "not compared, since there are no charges at retail prices");
  return notices;
}

}  // namespace apportion
