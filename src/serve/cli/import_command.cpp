#include <utility>

#include "application/invoice_files.h"
#include "application/planned_imports.h"
#include "application/sync.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/plan_view.h"
#include "serve/format/flow_document.h"

namespace apportion {
namespace {

struct ImportOptions {
  std::string path;
  std::string connection;
  std::optional<Dataset> dataset;
  std::optional<Month> month;
  bool unverified = false;
  bool replace = false;
  bool accept_rejects = false;
  bool dry_run = false;
  std::optional<std::string> bill_columns;
  std::string bill_name = "bill";
};

Result<FolderImport> folder_of(const ImportOptions& options) {
  FolderImport folder{options.connection,
                      {options.path, options.dataset, options.unverified, options.month, options.replace},
                      options.accept_rejects};
  folder.request.bill_name = options.bill_name;
  if (options.bill_columns) {
    APPORTION_ASSIGN(folder.request.bill_columns, bill_columns_of(*options.bill_columns, InvoiceFileKind::kBill));
  }
  return folder;
}

std::optional<Dataset> dataset_of_option(const std::string& name) {
  for (const Dataset dataset : kDatasets) {
    if (dataset_short_name(dataset) == name) return dataset;
  }
  return std::nullopt;
}

Result<ExitCode> plan_import(Session& session, const ImportOptions& options) {
  APPORTION_ASSIGN(const FolderImport folder, folder_of(options));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const ImportPlan plan, plan_folder(workspace, folder));
  return show_plan(session, plan);
}

Result<ExitCode> run_import(Session& session, const ImportOptions& options) {
  if (options.dry_run) return plan_import(session, options);
  APPORTION_ASSIGN(const FolderImport folder, folder_of(options));
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_ASSIGN(const FlowReport report, import_folder(workspace, folder));
  if (session.json()) session.console().print_json(flow_json(report));
  return show_flow(session, report);
}

}  // namespace

void add_import_command(Command app, Action& action) {
  auto options = std::make_shared<ImportOptions>();
  Command command =
      add_command(app, "import", "Import runs or invoice lines from a local folder, split them, and publish them",
                  "  apportion import /mnt/copied/actual-cost --connection acme\n"
                  "  apportion import ./october --connection acme --unverified --dataset amortized --month 2026-10\n"
                  "  apportion import G016907411_reconciliation.csv --connection acme\n"
                  "  apportion import bill.csv --connection acme --columns columns.yaml");
  command
      .add_option("PATH", options->path,
                  "Folder with runs and files of invoice lines, at any depth, or one file of invoice lines")
      .required();
  command.add_option("--connection", options->connection, "Connection that the runs belong to")
      .required()
      .type_name("NAME");
  command
      .add_option(
          "--dataset",
          [options = options.get()](const std::string& name) { options->dataset = dataset_of_option(name); },
          "actual, amortized, focus, price-sheet, reservation-details, reservation-transactions or "
          "reservation-recommendations: for files without a manifest")
      .check([](const std::string& name) {
        return dataset_of_option(name) ? std::string()
                                       : "`" + name + "` is not a dataset that can be imported; see --help";
      })
      .type_name("DATASET");
  add_month_option(command, options->month, "This month only; for files without a manifest, the month they belong to");
  command.add_flag("--unverified", options->unverified, "Also import files without a manifest, and mark them");
  command.add_flag("--replace", options->replace,
                   "Let files without a manifest replace files with more customers or subscriptions");
  command.add_flag("--accept-rejects", options->accept_rejects,
                   "Split months even if some of their rows were rejected");
  CommandOption columns = command.add_option("--columns", options->bill_columns,
                                             "PATH is a bill of another program, with these columns: "
                                             "customer=COLUMN,cost=COLUMN,…, or a YAML file that says so");
  columns.type_name("COLUMNS");
  command
      .add_option("--bill", options->bill_name,
                  "Name of the bill, of another program or of a distributor: a newer file takes the place of one with "
                  "the same name, month by month")
      .type_name("NAME");
  add_dry_run_option(command, options->dry_run);
  on_chosen(command, action, options, run_import);
}

}  // namespace apportion
