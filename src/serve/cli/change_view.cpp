#include "serve/cli/change_view.h"

#include <algorithm>
#include <array>
#include <istream>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "foundation/money/money.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

constexpr std::size_t kShownOfCurrency = 20;
constexpr std::size_t kNamedOfSide = 3;

TableCell cell_of(const std::optional<Decimal>& amount) { return amount ? TableCell(*amount) : TableCell(); }

void add_amount_columns(Table& table) {
  for (const std::string_view metric : {"BilledCost", "EffectiveCost"}) {
    for (const std::string_view side : {"Old", "New", "Difference"})
      table.columns.push_back({fmt::format("{}{}", metric, side), TableKind::kMoney});
  }
}

void add_amounts(std::vector<TableCell>& row, const KnownCosts& before, const KnownCosts& after) {
  const KnownCosts difference = after - before;
  for (const auto metric : {&KnownCosts::billed, &KnownCosts::effective}) {
    for (const KnownCosts* costs : {&before, &after, &difference}) row.push_back(cell_of(costs->*metric));
  }
}

std::string tenant_text(const std::string& id, const std::string& name) {
  if (id.empty()) return "charges without a tenant";
  return name.empty() ? fmt::format("tenant {}", id) : fmt::format("tenant {} ({})", id, excerpt(name));
}

std::string reason_text(const ChangeReason& reason) {
  if (reason.by_charges) return "different charges";
  if (reason.rule.empty()) return tenant_text(reason.tenant_id, reason.tenant_name);
  const bool is_told = reason.rule.starts_with("commitment polic") || reason.rule.starts_with(carried_rule(""));
  return is_told ? reason.rule : fmt::format("rule {}", excerpt(reason.rule));
}

// Unassigned costs are not a customer's: they have a row of their own, however many customers change.
bool is_never_summed(const CustomerChange& change) { return change.customer == kUnassignedCustomerId; }
bool is_never_summed(const UnassignedTenantSum&) { return false; }

// The rows of `items`: for each currency the first ones, the others as one row made by `of_rest`, and what is never
// summed.
template <class Item, class RowOf, class RestOf>
void add_short(Table& table, const std::vector<Item>& items, bool all, const RowOf& row_of, const RestOf& of_rest) {
  std::size_t shown = 0;
  std::vector<Item> rest, last;
  bool is_short = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Item& item = items[i];
    if (is_never_summed(item)) {
      last.push_back(item);
    } else if (all || shown++ < kShownOfCurrency) {
      table.rows.push_back(row_of(item));
    } else {
      rest.push_back(item);
    }
    if (i + 1 < items.size() && items[i + 1].currency == item.currency) continue;
    is_short = is_short || !rest.empty();
    if (!rest.empty()) table.rows.push_back(of_rest(rest));
    for (const Item& one : last) table.rows.push_back(row_of(one));
    rest.clear();
    last.clear();
    shown = 0;
  }
  if (is_short) table.notices.emplace_back("only the largest changes are shown; to see them all: --all");
}

std::string others_text(std::size_t count, std::string_view one) {
  return "and " + count_of(static_cast<std::int64_t>(count), fmt::format("other {}", one));
}

TableCell name_cell(const AmountChanges& changes, const std::string& customer) {
  std::string name = changes.name_of(customer);
  return name.empty() ? TableCell() : TableCell(std::move(name));
}

std::vector<TableCell> change_row(const AmountChanges& changes, const CustomerChange& change) {
  std::vector<TableCell> row{change.customer, name_cell(changes, change.customer), change.currency, change.months};
  add_amounts(row, change.before, change.after);
  row.emplace_back(reason_text(change.reason));
  return row;
}

std::vector<TableCell> rest_row(const std::vector<CustomerChange>& rest) {
  KnownCosts before, after;
  for (const CustomerChange& change : rest) {
    before += change.before;
    after += change.after;
  }
  std::vector<TableCell> row{others_text(rest.size(), "customer"), TableCell(), rest.front().currency, TableCell()};
  add_amounts(row, before, after);
  row.emplace_back();
  return row;
}

Table tenant_table(const AmountChanges& changes, bool all) {
  Table table;
  table.has_totals = true;
  table.columns = {{"UnassignedTenant"},
                   {"TenantName"},
                   {"BillingCurrency"},
                   {"BilledCost", TableKind::kMoney},
                   {"EffectiveCost", TableKind::kMoney},
                   {"New"}};
  const auto row_of = [](const UnassignedTenantSum& tenant) -> std::vector<TableCell> {
    return {tenant.tenant_id.empty() ? std::string("(no tenant)") : tenant.tenant_id,
            tenant.tenant_name,
            tenant.currency,
            cell_of(tenant.costs.billed),
            cell_of(tenant.costs.effective),
            std::string(tenant.is_new ? "yes" : "")};
  };
  const auto of_rest = [](const std::vector<UnassignedTenantSum>& rest) -> std::vector<TableCell> {
    KnownCosts sum;
    for (const UnassignedTenantSum& tenant : rest) sum += tenant.costs;
    return {others_text(rest.size(), "tenant"),
            TableCell(),
            rest.front().currency,
            cell_of(sum.billed),
            cell_of(sum.effective),
            TableCell()};
  };
  add_short(table, unassigned_tenants(changes), all, row_of, of_rest);
  return table;
}

Json tenants_json(const AmountChanges& changes) {
  Json list = Json::array();
  for (const UnassignedTenantSum& tenant : unassigned_tenants(changes)) {
    Json row = {{"tenant_id", tenant.tenant_id}, {"tenant_name", tenant.tenant_name}, {"currency", tenant.currency}};
    if (tenant.costs.billed) row["BilledCost"] = tenant.costs.billed->to_string();
    if (tenant.costs.effective) row["EffectiveCost"] = tenant.costs.effective->to_string();
    row["new"] = tenant.is_new;
    list.push_back(std::move(row));
  }
  return list;
}

// What a customer gains or loses: in billed cost, or in effective cost where only that changes.
std::optional<Decimal> told_difference(const CustomerChange& change) {
  const KnownCosts difference = change.after - change.before;
  const bool has_billed = difference.billed && !difference.billed->is_zero();
  return has_billed ? difference.billed : difference.effective;
}

std::string shown(Decimal amount, const std::string& code) {
  const auto currency = Currency::parse(code);
  return currency ? shown_amount(amount, *currency) : amount.to_string();
}

struct Side {
  std::vector<std::string> named;
  std::size_t count = 0;

  void add(const CustomerChange& change, const std::string& amount) {
    if (++count <= kNamedOfSide) named.push_back(fmt::format("{} {} {}", change.customer, amount, change.currency));
  }
  std::string text(std::string_view does) const {
    if (count == 0) return fmt::format("no one {}", does);
    const std::string more = count > named.size() ? fmt::format(" and {} more", count - named.size()) : "";
    return fmt::format("{}: {}{}", does, fmt::join(named, ", "), more);
  }
};

// `acme 2026-11: `, if all changes belong to one month.
std::string place_of(const AmountChanges& changes) {
  if (changes.customers.empty()) return {};
  const AmountChange& first = changes.customers.front();
  const bool is_one = std::ranges::all_of(changes.customers, [&first](const AmountChange& change) {
    return change.connection == first.connection && change.month == first.month;
  });
  return is_one ? fmt::format("{} {}: ", first.connection, first.month.to_string()) : std::string();
}

// `pays more: contoso +12.00 USD; pays less: …`
std::string gains_and_losses(const AmountChanges& changes) {
  Side more, less;
  for (const CustomerChange& change : changes_by_customer(changes)) {
    const auto difference = told_difference(change);
    if (!difference || difference->is_zero()) continue;
    const bool is_more = *difference > Decimal();
    (is_more ? more : less).add(change, (is_more ? "+" : "") + shown(*difference, change.currency));
  }
  return fmt::format("{}{}; {}", place_of(changes), more.text("pays more"), less.text("pays less"));
}

bool asks(const Session& session, const ReviewOptions& options) {
  return !options.yes && !session.json() && session.world().input != nullptr && session.world().input_is_terminal;
}

}  // namespace

void ReviewOptions::add_options(Command command) {
  command.add_flag("--dry-run", dry_run, "Show what would change without changing anything");
  command.add_flag("--yes", yes, "Do not ask on the terminal before customers' amounts change");
  add_all_option(command);
}

void ReviewOptions::add_all_option(Command command) {
  command.add_flag("--all", all, "Show every customer and tenant, not only the largest changes");
}

Table change_rows(const AmountChanges& changes) {
  Table table;
  table.has_totals = true;
  table.columns = {{"Connection"}, {"Month"}, {"CustomerId"}, {"CustomerName"}, {"BillingCurrency"}};
  add_amount_columns(table);
  table.columns.push_back({"Reason"});
  for (const AmountChange& change : changes.customers) {
    std::vector<TableCell> row{change.connection, change.month.to_string(), change.customer,
                               name_cell(changes, change.customer), change.currency};
    add_amounts(row, change.before, change.after);
    row.emplace_back(reason_text(change.reason));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table change_table(const AmountChanges& changes, bool all) {
  Table table;
  table.has_totals = true;
  table.columns = {{"CustomerId"}, {"CustomerName"}, {"BillingCurrency"}, {"Months", TableKind::kInteger}};
  add_amount_columns(table);
  table.columns.push_back({"Reason"});
  const auto row_of = [&changes](const CustomerChange& change) { return change_row(changes, change); };
  add_short(table, changes_by_customer(changes), all, row_of, rest_row);
  return table;
}

void add_changes(Json& document, const AmountChanges& changes) {
  document["changes"] = rows_json(change_rows(changes));
  document["unassigned_tenants"] = tenants_json(changes);
}

Result<void> show_changes(Console& console, const AmountChanges& changes, bool all) {
  const Table table = change_table(changes, all);
  if (table.rows.empty()) {
    console.say(changes.months == 0
                    ? std::string("no customer's amounts change: no published month is affected")
                    : fmt::format("nothing would change: each customer's amounts stay as they are ({} compared)",
                                  count_of(changes.months, "month")));
  } else {
    APPORTION_TRY(console.print_table(table));
  }
  if (table.rows.empty()) return ok();
  const Table tenants = tenant_table(changes, all);
  if (!tenants.rows.empty()) {
    console.print_text("\n");
    APPORTION_TRY(console.print_table(tenants));
  }
  console.say(gains_and_losses(changes));
  return ok();
}

bool confirmed(Session& session, const ReviewOptions& options, const std::string& question) {
  if (!asks(session, options)) return true;
  session.console().ask(question + " [y/N]");
  std::string answer;
  if (!std::getline(*session.world().input, answer)) return false;
  const std::string given = ascii_lower(trim(answer));
  return given == "y" || given == "yes";
}

Review review_of(Session& session, const ReviewOptions& options, bool always) {
  return [&session, &options, always](const AmountChanges& changes) -> Result<bool> {
    if (!session.json()) APPORTION_TRY(show_changes(session.console(), changes, options.all));
    if (options.dry_run) return false;
    if (changes.customers.empty() && !always) return true;
    return confirmed(session, options, "make this change?");
  };
}

ExitCode told_left_alone(Session& session, const ReviewOptions& options) {
  session.console().say(options.dry_run ? "nothing was changed: --dry-run" : "nothing was changed");
  return options.dry_run ? kExitDone : kExitCheckFailed;
}

}  // namespace apportion
