#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "foundation/money/currency.h"
#include "query/change_report.h"
#include "query/cost_answer.h"
#include "query/months_in_scope.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/step_wording.h"
#include "serve/cli/table_output.h"
#include "serve/format/cost_document.h"

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
  std::optional<std::string> currency;  ///< Currency of the costs shown; unset: the billing currency.
  bool without_carried = false;
  std::optional<std::string> engine;
  TableOutput output;
};

struct ChangesOptions {
  MonthOptions scope;
  ChangeRequest request;
  std::string by;
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  std::optional<std::string> engine;
  TableOutput output;
};

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> names;
  for (const std::string_view part : split_text(list, ',')) {
    if (!trim(part).empty()) names.emplace_back(trim(part));
  }
  return names;
}

/// `COLUMN=VALUE` of --where; several values of one column mean "is one of".
Result<std::vector<CostFilter>> filters_in(const std::vector<std::string>& conditions) {
  std::vector<CostFilter> filters;
  for (const std::string& condition : conditions) {
    const std::size_t equals = condition.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{ErrorId::kConditionInvalid, "this condition is not valid",
                   fmt::format("--where `{}`", excerpt(condition)), "expected COLUMN=VALUE",
                   "for example: --where CustomerId=contoso"};
    }
    const std::string column = condition.substr(0, equals);
    const auto found = std::find_if(filters.begin(), filters.end(),
                                    [&column](const CostFilter& filter) { return filter.column == column; });
    CostFilter& filter = found == filters.end() ? filters.emplace_back(CostFilter{column, {}}) : *found;
    filter.values.push_back(condition.substr(equals + 1));
  }
  return filters;
}

Result<std::optional<Currency>> chosen_currency(const CostsOptions& options) {
  if (!options.currency) return std::optional<Currency>();
  const auto currency = Currency::parse(*options.currency);
  if (currency) return std::optional(*currency);
  return Error{ErrorId::kNoSuchCurrency, "there is no such currency", excerpt(*options.currency),
               "expected a three-letter code", "for example: --in USD"};
}

Result<ExitCode> run_costs(Session& session, const CostsOptions& options) {
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(std::vector<CostFilter> filters, filters_in(options.where));
  APPORTION_ASSIGN(const auto currency, chosen_currency(options));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading(session, workspace, options.engine));
  const ReadScope scope = options.scope.scope_for(session.caller());
  const CostQuestion question{
      {names_in(options.by), names_in(options.metrics), std::move(filters), currency, options.without_carried},
      options.compare,
      options.sort,
      options.top};
  APPORTION_ASSIGN(CostAnswer answer, answer_costs(reading.lake(), scope, session.clock().today(), question));
  Table table =
      titled_costs(std::move(answer), {options.by, months_in_words(scope), options.scope.connection, options.where});
  for (std::string& line : table.title) line = with_commands(line);
  APPORTION_TRY(options.output.write(session, table, reading.home()));
  tell_engine(session, reading);
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
    return Error{ErrorId::kCommandLineWrong, "--top requires lines", fmt::format("--top {}", *request.top),
                 "all customers are shown", "add --lines, or --by COLUMNS"};
  }
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, request.scope));
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading(session, workspace, options.engine));
  APPORTION_ASSIGN(const Table table, change_report(reading.lake(), request));
  APPORTION_TRY(options.output.write(session, table, reading.home()));
  tell_engine(session, reading);
  return kExitDone;
}

void add_scope_options(Command command, MonthOptions& scope) {
  add_month_option(command, scope.month, "This month only (default: all)");
  add_connection_option(command, scope.connection, "This connection only (default: all)");
}

void add_costs_command(Command group, Action& action) {
  auto options = std::make_shared<CostsOptions>();
  Command command = add_command(
      group, "costs", "Add up costs by any columns",
      "  apportion report costs --by CustomerId,BillingCurrency --month 2026-10\n"
      "  apportion report costs --by ServiceName,BillingCurrency --where CustomerId=contoso --out costs.xlsx\n"
      "  apportion report costs --by CustomerId,Month --from 2026-08 --to 2026-10 --in USD");
  command
      .add_option(
          "--by", options->by,
          "Columns to group by, separated by commas: canonical columns, CustomerId, CustomerName, Month, Day, tag.KEY")
      .type_name("A,B");
  command
      .add_option("--metrics", options->metrics,
                  "Some of BilledCost,EffectiveCost,ListCost,ContractedCost (default: these), ConsumedQuantity, "
                  "PricingQuantity (with ConsumedUnit, PricingUnit in --by)")
      .type_name("A,B");
  command.add_option("--where", options->where, "Only rows whose column has this value; may be repeated")
      .type_name("COLUMN=VALUE")
      .repeatable();
  command
      .add_option("--sort", options->sort,
                  "Sort by this column: amounts largest first, unassigned last (default: by the columns of --by)")
      .type_name("COLUMN");
  command.add_option("--top", options->top, "Show this many rows of each currency, and the others as one")
      .between(1, 1'000'000)
      .type_name("N");
  command
      .add_option("--compare", options->compare,
                  "Compare with another month: `previous`, or YYYY-MM; with --month, or --from and --to")
      .type_name("MONTH");
  command.add_flag("--without-carried", options->without_carried,
                   "Leave out late changes of closed months that were carried to the months shown");
  command
      .add_option("--in", options->currency,
                  "Show costs in this currency, at Microsoft's exchange rate for each charge")
      .type_name("CURRENCY");
  add_months_options(command, options->scope.month, options->scope.first_month, options->scope.last_month);
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  add_engine_option(command, options->engine);
  options->output.add_options(command);
  on_chosen(command, action, options, run_costs);
}

void add_changes_command(Command group, Action& action) {
  auto options = std::make_shared<ChangesOptions>();
  Command command = add_command(group, "changes", "Show what the last import of each month changed for each customer",
                                "  apportion report changes --month 2026-10 --only-differences\n"
                                "  apportion report changes --month 2026-10 --lines --top 20");
  add_scope_options(command, options->scope);
  command.add_flag("--only-differences", options->request.only_differences, "Leave out customers without changes");
  command.add_flag("--lines", options->request.lines,
                   "Show the lines of charges that were added, removed or changed, largest difference first");
  command
      .add_option("--by", options->by, "The same, with charges that are equal in these columns combined into one line")
      .type_name("A,B");
  command.add_option("--top", options->request.top, "Show this many lines of each month and currency (default: all)")
      .between(1, 1'000'000)
      .type_name("N");
  command.add_option("--before", options->before, "Charge set to compare, by its number in the notices")
      .type_name("NUMBER");
  command.add_option("--after", options->after, "Charge set of the same month to compare it with").type_name("NUMBER");
  add_engine_option(command, options->engine);
  options->output.add_options(command);
  on_chosen(command, action, options, run_changes);
}

}  // namespace

void add_report_command(Command app, Action& action) {
  Command group = add_group(app, "report",
                            "Report costs by any columns, what a later import changed, and send months to customers");
  add_costs_command(group, action);
  add_changes_command(group, action);
  add_report_send_command(group, action);
  add_report_subscriptions_command(group, action);
  add_report_folders_command(group, action);
}

}  // namespace apportion
