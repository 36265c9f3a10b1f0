#include "serve/cli/change_view.h"

#include <algorithm>
#include <istream>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "foundation/money/money.h"
#include "serve/format/change_document.h"

namespace apportion {
namespace {

constexpr std::size_t kShownOfCurrency = 20;
constexpr std::size_t kNamedOfSide = 3;

void add_amounts(std::vector<TableCell>& row, const KnownCosts& before, const KnownCosts& after) {
  for (TableCell& cell : change_amount_cells(before, after)) row.push_back(std::move(cell));
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

std::vector<TableCell> change_row(const AmountChanges& changes, const CustomerChange& change) {
  std::vector<TableCell> row{change.customer, customer_name_cell(changes, change.customer), change.currency,
                             change.months};
  add_amounts(row, change.before, change.after);
  row.emplace_back(change_reason_text(change.reason));
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
            optional_cell(tenant.costs.billed),
            optional_cell(tenant.costs.effective),
            std::string(tenant.is_new ? "yes" : "")};
  };
  const auto of_rest = [](const std::vector<UnassignedTenantSum>& rest) -> std::vector<TableCell> {
    KnownCosts sum;
    for (const UnassignedTenantSum& tenant : rest) sum += tenant.costs;
    return {others_text(rest.size(), "tenant"), TableCell(), rest.front().currency, optional_cell(sum.billed),
            optional_cell(sum.effective),       TableCell()};
  };
  add_short(table, unassigned_tenants(changes), all, row_of, of_rest);
  return table;
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
  add_dry_run_option(command);
  command.add_flag("--yes", yes, "Do not ask on the terminal before customers' amounts change");
  add_all_option(command);
}

void ReviewOptions::add_dry_run_option(Command command) {
  command.add_flag("--dry-run", dry_run, "Show what would change without changing anything");
}

void ReviewOptions::add_all_option(Command command) {
  command.add_flag("--all", all, "Show every customer and tenant, not only the largest changes");
}

Table change_table(const AmountChanges& changes, bool all) {
  Table table;
  table.has_totals = true;
  table.columns = {{"CustomerId"}, {"CustomerName"}, {"BillingCurrency"}, {"Months", TableKind::kInteger}};
  for (TableColumn& column : change_amount_columns()) table.columns.push_back(std::move(column));
  table.columns.push_back({"Reason"});
  const auto row_of = [&changes](const CustomerChange& change) { return change_row(changes, change); };
  add_short(table, changes_by_customer(changes), all, row_of, rest_row);
  return table;
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
