#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/reading.h"
#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "foundation/money/currency.h"
#include "query/change_report.h"
#include "query/comparison.h"
#include "query/cost_report.h"
#include "query/months_in_scope.h"
#include "query/months_report.h"
#include "query/ranking.h"
#include "query/twice_counted.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/table_output.h"

namespace apportion {
namespace {

struct CostsOptions {
  MonthOptions scope;
  std::string by;
  std::string metrics;
  std::vector<std::string> where;
  std::optional<std::string> sort;
  std::optional<std::int64_t> top;
  std::optional<std::string> compare;   ///< `previous` or a month.
  std::optional<std::string> currency;  ///< In which costs are shown; unset: the billing currency.
  bool without_carried = false;
  TableOutput output;
};

struct ChangesOptions {
  MonthOptions scope;
  ChangeRequest request;
  std::string by;
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  TableOutput output;
};

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> names;
  for (const std::string_view part : split_text(list, ',')) {
    if (!trim(part).empty()) names.emplace_back(trim(part));
  }
  return names;
}

/// `COLUMN=VALUE` of --where; values of one column given several times are "is one of".
Result<std::vector<CostFilter>> filters_in(const std::vector<std::string>& conditions) {
  std::vector<CostFilter> filters;
  for (const std::string& condition : conditions) {
    const std::size_t equals = condition.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{ErrorId::kConditionInvalid, "this condition cannot be read",
                   fmt::format("--where `{}`", excerpt(condition)), "expected COLUMN=VALUE",
                   "write it as --where CustomerId=contoso"};
    }
    const std::string column = condition.substr(0, equals);
    const auto found = std::find_if(filters.begin(), filters.end(),
                                    [&column](const CostFilter& filter) { return filter.column == column; });
    CostFilter& filter = found == filters.end() ? filters.emplace_back(CostFilter{column, {}}) : *found;
    filter.values.push_back(condition.substr(equals + 1));
  }
  return filters;
}

// What a report over months must not stay silent about, and of when its data is.
struct Coverage {
  std::vector<std::string> holes;
  std::string data_as_of;  // of the oldest month; empty when nobody knows
};

// Months that were named and lie before or behind everything of a connection.
void add_outside(std::span<const MonthLine> lines, const ReadScope& scope, Coverage& coverage) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const MonthLine& line = lines[i];
    const bool is_first = i == 0 || lines[i - 1].connection != line.connection;
    const bool is_last = i + 1 == lines.size() || lines[i + 1].connection != line.connection;
    if (is_first && scope.first_month && *scope.first_month < line.month)
      coverage.holes.push_back(fmt::format("{} has nothing before {}", line.connection, line.month.to_string()));
    if (is_last && scope.last_month && line.month < *scope.last_month)
      coverage.holes.push_back(fmt::format("{} has nothing after {}", line.connection, line.month.to_string()));
  }
}

void add_month(const MonthLine& line, Coverage& coverage) {
  const std::string name = fmt::format("{} {}", line.connection, line.month.to_string());
  if (line.status.has_gap)
    coverage.holes.push_back(fmt::format("{} is {}: {}", name, line.status.name, line.status.reason));
  if (line.status.name == "missing") return;
  if (!line.split) coverage.holes.push_back(fmt::format("{} is not split: its charges count as unassigned", name));
  const auto takes_part = [&line](Dataset dataset) {
    return std::ranges::any_of(line.runs,
                               [dataset](const MonthRun& run) { return run.in_force && run.dataset == dataset; });
  };
  const bool has_focus = takes_part(Dataset::kFocusCost);
  if (!has_focus && !takes_part(Dataset::kAmortizedCost)) {
    coverage.holes.push_back(fmt::format("{} has no amortized run: effective costs are not known", name));
  } else if (!has_focus && !takes_part(Dataset::kActualCost)) {
    coverage.holes.push_back(fmt::format("{} has no actual run: billed costs lack the purchases of commitments", name));
  }
  const bool is_oldest = coverage.data_as_of.empty() || line.data_as_of < coverage.data_as_of;
  if (!line.data_as_of.empty() && is_oldest) coverage.data_as_of = line.data_as_of;
}

Result<Coverage> coverage_of(Session& session, const Workspace& workspace, const ReadScope& scope) {
  Coverage coverage;
  APPORTION_ASSIGN(const auto lines, months_report(workspace.control_plane, scope, session.clock().today()));
  for (const MonthLine& line : lines) add_month(line, coverage);
  add_outside(lines, scope, coverage);
  APPORTION_ASSIGN(const auto twice, costs_that_count_twice(workspace.control_plane, scope));
  coverage.holes.insert(coverage.holes.end(), twice.begin(), twice.end());
  return coverage;
}

// The lines above a sheet.
std::vector<std::string> title_of(const CostsOptions& options, const std::string& months, const Coverage& coverage) {
  std::string title = options.by.empty() ? "Costs" : "Costs by " + options.by;
  title += ", " + months;
  if (options.scope.connection) title += ", " + *options.scope.connection;
  for (const std::string& condition : options.where) title += ", where " + condition;
  std::vector<std::string> lines = {title};
  if (!coverage.data_as_of.empty()) lines.push_back("data as of " + coverage.data_as_of);
  lines.insert(lines.end(), coverage.holes.begin(), coverage.holes.end());
  return lines;
}

std::string_view first_metric(const Table& table) {
  const auto found = std::ranges::find_if(table.columns, is_sum);
  return found == table.columns.end() ? std::string_view() : std::string_view(found->name);
}

// Whether rows of one month could not have rows of another one beside them.
bool groups_by_time(const std::string& by) {
  return std::ranges::any_of(names_in(by), [](const std::string& name) {
    const ChargeColumn* column = find_charge_column(name);
    return ascii_equal_ignoring_case(name, "Month") || (column != nullptr && column->type == ColumnType::kDay);
  });
}

// As many months as the scope has, right before it.
MonthOptions months_before(MonthOptions scope) {
  if (scope.month) {
    scope.month = scope.month->plus_months(-1);
    return scope;
  }
  int months = 1;
  while (scope.first_month->plus_months(months) <= *scope.last_month) ++months;
  scope.first_month = scope.first_month->plus_months(-months);
  scope.last_month = scope.last_month->plus_months(-months);
  return scope;
}

// The months that a report is compared with, published and in the same scope otherwise.
Result<ReadScope> compared_scope(Session& session, const Workspace& workspace, const CostsOptions& options) {
  const auto named = Month::parse(*options.compare);
  const bool is_previous = ascii_equal_ignoring_case(*options.compare, "previous");
  const bool has_length = options.scope.month || (options.scope.first_month && options.scope.last_month && is_previous);
  if (!has_length || (!named && !is_previous) || groups_by_time(options.by)) {
    return Error{ErrorId::kComparisonNeedsTwo, "two months are needed for a comparison", excerpt(*options.compare),
                 "a month is compared with the one before it, or with one that is named; several months, by --from and "
                 "--to, with as many before them",
                 "as in: --month 2026-10 --compare previous, or --compare 2026-07; without months and days in --by"};
  }
  MonthOptions scope = options.scope;
  if (named) {
    scope.month = *named;
  } else {
    scope = months_before(scope);
  }
  const ReadScope earlier = scope.scope_for(session.caller());
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, earlier));
  return earlier;
}

// Each side may be of one currency and unit, and not of the same.
Result<void> check_comparable(const Table& now, const Table& before) {
  if (now.currency && before.currency && *now.currency != *before.currency) {
    return Error{
        ErrorId::kMixedCurrenciesInReport, "the costs are in several currencies, which never add", "--compare",
        fmt::format("there are charges in {}, and before in {}", now.currency->code(), before.currency->code()),
        "ask for BillingCurrency too, as in --by CustomerId,BillingCurrency"};
  }
  for (std::size_t i = 0; i < now.columns.size(); ++i) {
    const std::string& unit = now.columns[i].unit;
    if (unit.empty() || before.columns[i].unit.empty() || unit == before.columns[i].unit) continue;
    return Error{ErrorId::kMixedUnitsInReport, "quantities of several units do not add up", now.columns[i].name,
                 fmt::format("they are in {}, and before in {}", unit, before.columns[i].unit),
                 "ask for its unit too: --by ConsumedUnit or PricingUnit"};
  }
  return ok();
}

Result<std::optional<Currency>> chosen_currency(const CostsOptions& options) {
  if (!options.currency) return std::optional<Currency>();
  const auto currency = Currency::parse(*options.currency);
  if (currency) return std::optional(*currency);
  return Error{ErrorId::kNoSuchCurrency, "there is no such currency", excerpt(*options.currency),
               "a code of three letters was expected", "as in: --in USD"};
}

// Which values a column has that are most like those asked for, where nothing was found.
Result<void> tell_nearest_values(LakeReader& lake, const ReadScope& scope, const CostReportRequest& request,
                                 Table& table) {
  for (const CostFilter& filter : request.where) {
    CostReportRequest values{{filter.column, "BillingCurrency"}, {}, {}, {}, request.without_carried};
    if (ascii_equal_ignoring_case(filter.column, "BillingCurrency")) values.by = {filter.column};
    APPORTION_ASSIGN(const Table all, cost_report(lake, scope, values));
    std::vector<std::string> texts;
    for (const auto& row : all.rows) texts.push_back(cell_text(row[0]));
    for (const std::string& value : filter.values) {
      if (std::ranges::find(texts, value) != texts.end()) continue;
      const std::string_view nearest = nearest_text(value, {texts.begin(), texts.end()});
      table.notices.push_back(fmt::format("no charge in scope has the {} `{}`{}", filter.column, excerpt(value),
                                          nearest.empty() ? "" : fmt::format("; did you mean `{}`?", nearest)));
    }
  }
  return ok();
}

Result<ExitCode> run_costs(Session& session, const CostsOptions& options) {
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(std::vector<CostFilter> filters, filters_in(options.where));
  APPORTION_ASSIGN(const auto currency, chosen_currency(options));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  const ReadScope scope = options.scope.scope_for(session.caller());
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, scope));
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  APPORTION_ASSIGN(const Coverage coverage, coverage_of(session, workspace, scope));
  const CostReportRequest request{names_in(options.by), names_in(options.metrics), std::move(filters), currency,
                                  options.without_carried};
  APPORTION_ASSIGN(Table table, cost_report(reading.lake(), scope, request));
  if (table.rows.empty()) APPORTION_TRY(tell_nearest_values(reading.lake(), scope, request, table));
  if (options.compare) {
    APPORTION_ASSIGN(const ReadScope earlier, compared_scope(session, workspace, options));
    APPORTION_ASSIGN(const Table before, cost_report(reading.lake(), earlier, request));
    APPORTION_TRY(check_comparable(table, before));
    table = compared(table, before);
    table.notices.push_back(fmt::format("Before is {}", months_in_words(earlier)));
    APPORTION_ASSIGN(const Coverage of_before, coverage_of(session, workspace, earlier));
    for (const auto* told : {&before.notices, &of_before.holes}) {
      for (const std::string& line : *told) {
        if (std::ranges::find(table.notices, line) == table.notices.end()) table.notices.push_back("before: " + line);
      }
    }
  }
  if (options.sort || options.top) {
    APPORTION_TRY(rank_rows(table, {options.sort.value_or(std::string(first_metric(table))), options.top}));
  }
  table.title = title_of(options, months_in_words(scope), coverage);
  table.title.insert(table.title.end(), table.notices.begin(), table.notices.end());
  table.notices.insert(table.notices.end(), coverage.holes.begin(), coverage.holes.end());
  APPORTION_TRY(options.output.write(session, table, reading));
  return kExitDone;
}

Result<ExitCode> run_changes(Session& session, const ChangesOptions& options) {
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  ChangeRequest request = options.request;
  request.scope = options.scope.scope_for(session.caller());
  request.by = names_in(options.by);
  if (options.before) request.before = ChargeSetId(*options.before);
  if (options.after) request.after = ChargeSetId(*options.after);
  if (request.top && !request.lines && request.by.empty()) {
    return Error{ErrorId::kCommandLineWrong, "--top is for lines", fmt::format("--top {}", *request.top),
                 "customers are all shown", "add --lines, or --by COLUMNS"};
  }
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, request.scope));
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  APPORTION_ASSIGN(const Table table, change_report(reading.lake(), request));
  APPORTION_TRY(options.output.write(session, table, reading));
  return kExitDone;
}

void add_scope_options(CLI::App* command, MonthOptions& scope) {
  add_month_option(command, scope.month, "This month only (default: all)");
  add_connection_option(command, scope.connection, "This connection only (default: all)");
}

void add_costs_command(CLI::App& group, Action& action) {
  auto options = std::make_shared<CostsOptions>();
  CLI::App* command = add_command(
      group, "costs", "Sums of the costs, by any columns",
      "  apportion report costs --by CustomerId,BillingCurrency --month 2026-10\n"
      "  apportion report costs --by ServiceName,BillingCurrency --where CustomerId=contoso --out costs.xlsx\n"
      "  apportion report costs --by CustomerId,Month --from 2026-08 --to 2026-10 --in USD");
  command
      ->add_option("--by", options->by,
                   "Columns to group by, with commas: canonical columns, CustomerId, CustomerName, Month, Day, tag.KEY")
      ->type_name("A,B");
  command
      ->add_option("--metrics", options->metrics,
                   "Some of BilledCost,EffectiveCost,ListCost,ContractedCost (default: these), ConsumedQuantity, "
                   "PricingQuantity (with ConsumedUnit, PricingUnit in --by)")
      ->type_name("A,B");
  command->add_option("--where", options->where, "Only rows whose column has this value; may be given several times")
      ->type_name("COLUMN=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--sort", options->sort,
                   "Order by this column: amounts the largest first, unassigned last (default: by the columns of --by)")
      ->type_name("COLUMN");
  command->add_option("--top", options->top, "So many rows of each currency, and the others as one")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}).description(""))
      ->type_name("N");
  command
      ->add_option("--compare", options->compare,
                   "Beside another month: `previous`, or YYYY-MM; with --month, or --from and --to")
      ->type_name("MONTH");
  command->add_flag("--without-carried", options->without_carried,
                    "Leave out later changes of closed months that were carried to the months shown");
  command->add_option("--in", options->currency, "Costs in this currency, at Microsoft's exchange rate of each charge")
      ->type_name("CURRENCY");
  add_months_options(command, options->scope.month, options->scope.first_month, options->scope.last_month);
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  options->output.add_options(command);
  on_chosen(command, action, options, run_costs);
}

void add_changes_command(CLI::App& group, Action& action) {
  auto options = std::make_shared<ChangesOptions>();
  CLI::App* command = add_command(group, "changes", "What the last import of each month changed, by customer",
                                  "  apportion report changes --month 2026-10 --only-differences\n"
                                  "  apportion report changes --month 2026-10 --lines --top 20");
  add_scope_options(command, options->scope);
  command->add_flag("--only-differences", options->request.only_differences,
                    "Leave out customers of which nothing changed");
  command->add_flag("--lines", options->request.lines,
                    "The lines of charges that were added, removed or changed, the largest difference first");
  command->add_option("--by", options->by, "The same, where rows equal in these columns of charges are one line")
      ->type_name("A,B");
  command->add_option("--top", options->request.top, "So many lines of each month and currency (default: all)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}).description(""))
      ->type_name("N");
  command->add_option("--before", options->before, "Compare this charge set, by its number in the notices")
      ->type_name("NUMBER");
  command->add_option("--after", options->after, "The charge set of the same month to compare it with")
      ->type_name("NUMBER");
  options->output.add_options(command);
  on_chosen(command, action, options, run_changes);
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  CLI::App* group = add_group(app, "report", "Costs by any columns, and what a later import changed");
  add_costs_command(*group, action);
  add_changes_command(*group, action);
}

}  // namespace apportion
