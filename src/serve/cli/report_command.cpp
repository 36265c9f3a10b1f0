#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "query/change_report.h"
#include "query/cost_report.h"
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
  TableOutput output;
};

struct ChangesOptions {
  MonthOptions scope;
  ChangeRequest request;
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

// What the published months of a report lack.
Result<std::vector<std::string>> holes_of(const Workspace& workspace, const ReadScope& scope,
                                          std::span<const PublishedMonth> months) {
  std::vector<std::string> holes;
  for (const PublishedMonth& month : months) {
    if (!month.charge_set) continue;
    const std::string& connection = month.connection.name;
    const auto tell = [&](std::string_view what) {
      holes.push_back(fmt::format("{} {} {}", connection, month.month.month.to_string(), what));
    };
    if (!month.split) tell("is not split: its charges count as unassigned");
    APPORTION_ASSIGN(const std::vector<Import> imports,
                     workspace.control_plane.imports(month.connection.id, month.month.month));
    const auto only = [&](Dataset dataset) {
      const std::vector<ImportId>& used = month.charge_set->imports;
      return std::ranges::all_of(imports, [&](const Import& import) {
        return std::ranges::find(used, import.id) == used.end() || import.dataset == dataset;
      });
    };
    if (only(Dataset::kActualCost)) {
      tell("has no amortized run: effective costs are not known");
    } else if (only(Dataset::kAmortizedCost)) {
      tell("has no actual run: billed costs lack the purchases of commitments");
    }
  }
  if (scope.is_partner()) {
    APPORTION_ASSIGN(const auto twice, costs_that_count_twice(workspace.control_plane, months));
    holes.insert(holes.end(), twice.begin(), twice.end());
  }
  return holes;
}

Result<ExitCode> run_costs(Session& session, const CostsOptions& options) {
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(std::vector<CostFilter> filters, filters_in(options.where));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  const ReadScope scope = options.scope.scope_for(session.caller());
  APPORTION_ASSIGN(const auto months, months_in_scope(workspace, scope));
  APPORTION_ASSIGN(ReadingEngine reading, ReadingEngine::open(workspace));
  APPORTION_ASSIGN(std::vector<std::string> holes, holes_of(workspace, scope, months));
  APPORTION_ASSIGN(Table table, cost_report(reading.engine, workspace.control_plane, Lake(workspace.home), scope,
                                            {names_in(options.by), names_in(options.metrics), std::move(filters)}));
  std::ranges::move(holes, std::back_inserter(table.notices));
  APPORTION_TRY(options.output.write(session, table, reading.engine));
  return kExitDone;
}

Result<ExitCode> run_changes(Session& session, const ChangesOptions& options) {
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  ChangeRequest request = options.request;
  request.scope = options.scope.scope_for(session.caller());
  APPORTION_TRY(months_in_scope(workspace, request.scope));
  APPORTION_ASSIGN(ReadingEngine reading, ReadingEngine::open(workspace));
  APPORTION_ASSIGN(const Table table,
                   change_report(reading.engine, workspace.control_plane, Lake(workspace.home), request));
  APPORTION_TRY(options.output.write(session, table, reading.engine));
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
      "  apportion report costs --by ServiceName,BillingCurrency --where CustomerId=contoso --out costs.xlsx");
  command
      ->add_option("--by", options->by,
                   "Columns to group by, with commas: canonical columns, CustomerId, CustomerName, Month, tag.KEY")
      ->type_name("A,B");
  command
      ->add_option("--metrics", options->metrics,
                   "Some of BilledCost,EffectiveCost,ListCost,ContractedCost (default: all)")
      ->type_name("A,B");
  command->add_option("--where", options->where, "Only rows whose column has this value; may be given several times")
      ->type_name("COLUMN=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_scope_options(command, options->scope);
  options->output.add_options(command);
  on_chosen(command, action, options, run_costs);
}

void add_changes_command(CLI::App& group, Action& action) {
  auto options = std::make_shared<ChangesOptions>();
  CLI::App* command = add_command(group, "changes", "What the last import of each month changed, by customer",
                                  "  apportion report changes --month 2026-10 --only-differences");
  add_scope_options(command, options->scope);
  command->add_flag("--only-differences", options->request.only_differences,
                    "Leave out customers of which nothing changed");
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
