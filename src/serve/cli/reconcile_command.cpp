#include "application/invoice_files.h"
#include "application/reading.h"
#include "query/reconciliation.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/table_output.h"

namespace apportion {
namespace {

struct ReconcileOptions {
  std::vector<std::string> files;
  std::optional<std::string> invoice;
  bool rows = false;
  MonthOptions scope;
  TableOutput output;
};

Result<ExitCode> run_reconcile(Session& session, const ReconcileOptions& options) {
  APPORTION_TRY(options.output.check(session));
  const std::vector<std::filesystem::path> paths(options.files.begin(), options.files.end());
  APPORTION_ASSIGN(std::vector<InvoiceFile> files, invoice_files(paths));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  session.console().progress("comparing charges with Microsoft's lines");
  const ReconcileRequest request{std::move(files), options.invoice, session.cancel()};
  APPORTION_ASSIGN(const Reconciliation found,
                   reconcile(reading.lake(), options.scope.scope_for(session.caller()), request));
  const Table table = options.rows ? reconciliation_rows_table(found) : reconciliation_sums_table(found);
  APPORTION_TRY(options.output.write(session, table, reading));
  if (found.holds()) return kExitDone;
  session.console().say(options.rows ? "some differences are unknown: no class explains them"
                                     : "some differences are unknown: --rows lists them, key by key");
  return kExitCheckFailed;
}

}  // namespace

void add_reconcile_command(Command app, Action& action) {
  auto options = std::make_shared<ReconcileOptions>();
  Command command =
      add_command(app, "reconcile", "Compare charges with Microsoft's invoice lines, and say why they differ",
                  "  apportion reconcile G016907411_reconciliation.csv\n"
                  "  apportion reconcile G016907411_BilledUsage_c000.csv --rows --format csv");
  command
      .add_option("FILE", options->files,
                  "Reconciliation or daily usage of Partner Center or Graph: CSV or JSON lines, gzip or not")
      .required();
  command.add_option("--invoice", options->invoice, "This invoice only (default: all in the files)").type_name("ID");
  add_month_option(command, options->scope.month, "This month only (default: all)");
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  command.add_flag("--rows", options->rows, "A row for each difference of a key, not sums by class");
  options->output.add_options(command);
  on_chosen(command, action, options, run_reconcile);
}

}  // namespace apportion
