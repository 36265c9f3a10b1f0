#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/invoice_files.h"
#include "application/invoices.h"
#include "foundation/base/count_text.h"
#include "foundation/money/money.h"
#include "query/distributor_costs.h"
#include "query/imported_invoices.h"
#include "query/invoice_totals.h"
#include "query/reconciliation.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/table_output.h"
#include "serve/format/distributor_document.h"

namespace apportion {
namespace {

struct ReconcileOptions {
  std::vector<std::string> files;
  std::optional<std::string> invoice;
  bool daily_usage = false;
  bool rows = false;
  bool totals = false;
  bool distributor = false;
  bool differences = false;
  MonthOptions scope;
  std::optional<std::string> engine;
  TableOutput output;
};

// The lines of the files that are named, or else of what was imported.
Result<std::vector<InvoiceLines>> lines_to_compare(Session& session, const ReconcileOptions& options,
                                                   EngineReading& reading) {
  if (!options.files.empty()) {
    const std::vector<std::filesystem::path> paths(options.files.begin(), options.files.end());
    return invoice_files(paths);
  }
  const auto kind = options.daily_usage ? std::optional(InvoiceFileKind::kDailyUsage) : std::nullopt;
  APPORTION_ASSIGN(
      ImportedLines found,
      imported_invoice_lines(reading.lake(), options.scope.scope_for(session.caller()), options.invoice, kind));
  if (!found.of_other_kind.empty()) {
    session.console().say(fmt::format("not compared, since only the other kind of file was imported: {}",
                                      fmt::join(found.of_other_kind, ", ")));
  }
  return std::move(found.lines);
}

ExitCode say_outcome(Session& session, const Reconciliation& found, bool has_rows) {
  if (found.holds()) return kExitDone;
  if (found.rejected_lines > 0) {
    session.console().say(fmt::format("{} of these invoices could not be read, and the sums lack them",
                                      count_of(found.rejected_lines, "line")));
  } else {
    session.console().say(has_rows ? "some differences are unknown: no class explains them"
                                   : "some differences are unknown: --rows lists them, key by key");
  }
  return kExitCheckFailed;
}

// Totals of invoices are compared whatever else is; where nothing else was asked for, they are the answer.
Result<std::vector<InvoiceTotal>> stated_totals(Session& session, const ReconcileOptions& options,
                                                const Workspace& workspace, EngineReading& reading) {
  if (!options.files.empty() && !options.totals) return std::vector<InvoiceTotal>();
  APPORTION_ASSIGN(const auto stated, list_invoices(session.caller(), workspace));
  return invoice_totals(reading.lake(), options.scope.scope_for(session.caller()), options.invoice, stated);
}

ExitCode say_totals(Session& session, const std::vector<InvoiceTotal>& totals) {
  ExitCode code = kExitDone;
  for (const InvoiceTotal& one : totals) {
    if (one.ties()) continue;
    const std::string difference =
        one.difference ? fmt::format(" ({} {})", shown_amount(*one.difference, one.currency), one.currency.code()) : "";
    session.console().say(
        fmt::format("the total of invoice {} does not tie: {}{}", one.invoice, one.reason, difference));
    code = kExitCheckFailed;
  }
  return code;
}

Result<ExitCode> compare_lines(Session& session, const ReconcileOptions& options, const Workspace& workspace,
                               EngineReading& reading, std::vector<InvoiceLines> lines) {
  session.console().progress("comparing charges with Microsoft's lines");
  const ReconcileRequest request{std::move(lines), options.invoice, session.cancel(),
                                 static_cast<std::size_t>(workspace.threads)};
  APPORTION_ASSIGN(const Reconciliation found,
                   reconcile(reading.lake(), options.scope.scope_for(session.caller()), request));
  const Table table = options.rows ? reconciliation_rows_table(found) : reconciliation_sums_table(found);
  APPORTION_TRY(options.output.write(session, table, reading.home()));
  return say_outcome(session, found, options.rows);
}

ExitCode say_distributor(Session& session, const DistributorCosts& found) {
  Console& console = session.console();
  for (const std::string& notice : distributor_notices(found)) console.say(notice);
  if (found.holds()) {
    console.say("every subscription is billed, and every line has charges");
    return kExitDone;
  }
  console.say("NOT everything ties: --differences lists what does not");
  return kExitCheckFailed;
}

Result<ExitCode> compare_distributor(Session& session, const ReconcileOptions& options, EngineReading& reading) {
  session.console().progress("comparing charges with the distributor's bills");
  APPORTION_ASSIGN(const DistributorCosts found,
                   distributor_costs(reading.lake(), options.scope.scope_for(session.caller()), session.cancel()));
  const bool wants_document = session.json() && !options.output.format && !options.output.out;
  const bool has_rows = options.rows || options.differences;
  if (wants_document) {
    session.console().print_json(distributor_costs_json(found));
  } else {
    const Table table =
        has_rows ? distributor_costs_table(found, options.differences) : distributor_customers_table(found);
    APPORTION_TRY(options.output.write(session, table, reading.home()));
  }
  tell_engine(session, reading);
  return say_distributor(session, found);
}

Result<ExitCode> run_reconcile(Session& session, const ReconcileOptions& options) {
  APPORTION_TRY(options.output.check(session));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading(session, workspace, options.engine));
  if (options.distributor) return compare_distributor(session, options, reading);
  APPORTION_ASSIGN(const std::vector<InvoiceTotal> totals, stated_totals(session, options, workspace, reading));
  auto lines = lines_to_compare(session, options, reading);
  const bool has_no_lines = !lines && lines.error().id == ErrorId::kNoInvoiceLines;
  const bool is_of_totals = options.totals || (has_no_lines && !totals.empty());
  if (is_of_totals) {
    APPORTION_TRY(options.output.write(session, invoice_totals_table(totals), reading.home()));
    tell_engine(session, reading);
    return say_totals(session, totals);
  }
  if (!lines) return lines.error();
  APPORTION_ASSIGN(const ExitCode code, compare_lines(session, options, workspace, reading, std::move(*lines)));
  tell_engine(session, reading);
  return std::max(code, say_totals(session, totals));
}

}  // namespace

void add_reconcile_command(Command app, Action& action) {
  auto options = std::make_shared<ReconcileOptions>();
  Command command =
      add_command(app, "reconcile", "Compare charges with Microsoft's invoice lines, and say why they differ",
                  "  apportion reconcile --month 2026-10\n"
                  "  apportion reconcile G016907411_BilledUsage_c000.csv --rows --format csv\n"
                  "  apportion reconcile --distributor --month 2026-10");
  CommandOption distributor = command.add_flag(
      "--distributor", options->distributor,
      "For an indirect reseller: compare the bills of the distributor, and show what each customer costs");
  distributor.excludes(
      command.add_option("FILE", options->files,
                         "Reconciliation or daily usage of Partner Center or Graph, instead of what was imported"));
  distributor.excludes(command.add_flag("--daily-usage", options->daily_usage,
                                        "Of what was imported, compare daily usage, not reconciliations"));
  distributor.excludes(command.add_flag("--totals", options->totals,
                                        "Only totals of invoices that were entered or fetched, not lines"));
  distributor.excludes(
      command.add_option("--invoice", options->invoice, "This invoice only (default: all)").type_name("ID"));
  add_month_option(command, options->scope.month, "This month only (default: all)");
  distributor.excludes(
      add_connection_option(command, options->scope.connection, "This connection only (default: all)"));
  command.add_flag("--rows", options->rows,
                   "A row for each difference of a key, not sums by class; with --distributor, for each customer and "
                   "subscription");
  command
      .add_flag("--differences", options->differences,
                "With --distributor: the same, without what ties")
      .needs("--distributor");
  add_engine_option(command, options->engine);
  options->output.add_options(command);
  on_chosen(command, action, options, run_reconcile);
}

}  // namespace apportion
