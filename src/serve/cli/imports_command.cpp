#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "application/withdrawal.h"
#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/month_scope.h"
#include "serve/format/flow_document.h"
#include "serve/format/import_document.h"

namespace apportion {
namespace {

struct WithdrawOptions {
  std::int64_t import = 0;
  std::string reason;
  ReviewOptions review;
};

Table imports_table(const std::vector<ListedImport>& imports) {
  Table table;
  table.columns = {{"Import", TableKind::kInteger},
                   {"Connection"},
                   {"Month"},
                   {"Dataset"},
                   {"State"},
                   {"Submitted"},
                   {"Rows", TableKind::kInteger},
                   {"Rejected", TableKind::kInteger},
                   {"Source"}};
  for (const ListedImport& listed : imports) {
    const Import& import = listed.import;
    table.rows.push_back({import.id.raw(), listed.connection, import.month.to_string(),
                          std::string(dataset_name(import.dataset)), import_state_name(listed), import.submitted_at,
                          import.rows_stored, import.rows_rejected, import.source});
    if (!import.withdrawn.empty())
      table.notices.push_back(fmt::format("import {} was withdrawn: {}", import.id.raw(), import.withdrawn));
  }
  if (imports.empty()) table.notices.emplace_back("nothing has been imported yet; run apportion sync");
  return table;
}

Result<ExitCode> run_list(Session& session, const MonthOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto imports, list_imports(workspace.control_plane, options.scope_for(session.caller())));
  if (session.json()) {
    session.console().print_json(imports_json(imports));
    return kExitDone;
  }
  APPORTION_TRY(session.console().print_table(imports_table(imports)));
  return kExitDone;
}

Result<ExitCode> run_withdraw(Session& session, const WithdrawOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const FlowReport report, withdraw_import(writable, ImportId(options.import), options.reason,
                                                            review_of(session, options.review)));
  if (session.json()) session.console().print_json(flow_json(report));
  if (!report.left_alone)
    session.console().say(
        fmt::format("import {} is no longer in force; sync will not import it again", options.import));
  const ExitCode code = show_flow(session, report);
  return report.left_alone && code == kExitDone ? told_left_alone(session, options.review) : code;
}

}  // namespace

void add_imports_command(Command app, Action& action) {
  Command group = add_group(app, "imports", "List the imported runs, or withdraw one of them");
  auto scope = std::make_shared<MonthOptions>();
  Command list = add_command(group, "list", "List the imports and which of them are in force",
                             "  apportion imports list --connection acme --month 2026-10");
  add_connection_option(list, scope->connection, "This connection only (default: all)");
  add_month_option(list, scope->month, "This month only (default: all)");
  on_chosen(list, action, scope, run_list);

  auto options = std::make_shared<WithdrawOptions>();
  Command withdraw =
      add_command(group, "withdraw", "Take an import out of force permanently; its month is rebuilt from the others",
                  "  apportion imports withdraw 17 --reason 'exported at the wrong scope'");
  withdraw.add_option("IMPORT", options->import, "Number of the import, from `imports list`").required();
  withdraw.add_option("--reason", options->reason, "Reason, kept in the audit log").required().type_name("TEXT");
  options->review.add_options(withdraw);
  on_chosen(withdraw, action, options, run_withdraw);
}

}  // namespace apportion
