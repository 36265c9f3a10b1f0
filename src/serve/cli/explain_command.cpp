#include <sstream>

#include <nlohmann/json.hpp>

#include "foundation/base/text.h"
#include "query/explain.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/table_output.h"
#include "serve/format/explanation_document.h"

namespace apportion {
namespace {

struct ExplainOptions {
  std::optional<std::string> row;
  std::optional<std::string> customer;
  MonthOptions scope;
  std::optional<std::string> engine;
  TableOutput output;
};

Result<void> explain_one_row(Session& session, LakeReader& lake, const ExplainOptions& options) {
  APPORTION_ASSIGN(const RowId row, parse_row_id(*options.row));
  APPORTION_ASSIGN(const RowExplanation explanation, explain_row(lake, session.caller().scope(), row));
  if (session.json() || options.output.format == "json") {
    session.console().print_json(explanation_json(explanation));
  } else {
    std::ostringstream text;
    APPORTION_TRY(write_explanation(explanation, text));
    session.console().print_text(text.view());
  }
  return ok();
}

Result<void> explain_costs_of_customer(Session& session, EngineReading& reading, const ExplainOptions& options) {
  APPORTION_ASSIGN(const Table table, explain_customer(reading.lake(), options.scope.scope_for(session.caller()),
                                                       CustomerId(*options.customer)));
  return options.output.write(session, table, reading.home());
}

Result<ExitCode> run_explain(Session& session, const ExplainOptions& options) {
  if (options.row.has_value() == options.customer.has_value()) {
    return Error{ErrorId::kExplainTargetMissing, "it is not clear what to explain", "",
                 "expected either a row or --customer",
                 "`apportion explain 4:123` for a row (column x_RowId), or `apportion explain --customer contoso "
                 "--month 2026-10`"};
  }
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading(session, workspace, options.engine));
  APPORTION_TRY(options.row ? explain_one_row(session, reading.lake(), options)
                            : explain_costs_of_customer(session, reading, options));
  tell_engine(session, reading);
  return kExitDone;
}

}  // namespace

void add_explain_command(Command app, Action& action) {
  auto options = std::make_shared<ExplainOptions>();
  Command command = add_command(app, "explain", "Show where a number comes from: a row, or a customer's costs by rule",
                                "  apportion explain 4:123\n  apportion explain --customer contoso --month 2026-10");
  command.add_option("ROW", options->row, "A charge, as IMPORT:ORDINAL or by its x_RowId");
  command.add_option("--customer", options->customer, "Id of a customer, or `unassigned`").type_name("ID");
  add_month_option(command, options->scope.month, "This month only (default: all)");
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  add_engine_option(command, options->engine);
  options->output.add_options(command);
  on_chosen(command, action, options, run_explain);
}

}  // namespace apportion
