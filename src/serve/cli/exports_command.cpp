#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "application/exports.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/export_options.h"
#include "serve/cli/export_view.h"
#include "serve/format/export_document.h"

namespace apportion {
namespace {

struct ExportsOptions {
  std::string connection;
  ExportOptions wishes;
  bool dry_run = false;
  bool renew_sas = false;
  std::string name;
  std::optional<Month> from;
  std::optional<Month> to;
  std::optional<Month> month;
  bool retry = false;
  bool wait = false;
  int pause_seconds = 30;
};

Result<ConnectionExports> open_exports(Session& session, Workspace& workspace, Gateway& gateway,
                                       const ExportsOptions& options) {
  return ConnectionExports::open(session.caller(), workspace, gateway, options.connection);
}

Result<ExitCode> run_plan(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(ConnectionExports exports, open_exports(session, workspace, gateway, options));
  APPORTION_ASSIGN(const ExportWishes wishes, options.wishes.read(session));
  APPORTION_ASSIGN(const ExportPlan plan, exports.plan(wishes));
  if (session.json()) {
    session.console().print_json(export_plan_json(plan));
  } else {
    APPORTION_TRY(session.console().print_table(plan_table(plan)));
  }
  for (const Error& error : plan.unreadable) session.console().report(error);
  if (!plan.unreadable.empty()) return exit_code(plan.unreadable.front().kind());
  if (!plan.in_order())
    session.console().say(fmt::format("next: apportion exports apply --connection {}", options.connection));
  return plan.in_order() ? kExitDone : kExitCheckFailed;
}

Result<ExitCode> run_apply(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(ConnectionExports exports, open_exports(session, workspace, gateway, options));
  APPORTION_ASSIGN(ExportWishes wishes, options.wishes.read(session));
  APPORTION_ASSIGN(const AppliedExports applied,
                   exports.apply({std::move(wishes), options.dry_run, options.renew_sas}));
  if (session.json()) {
    session.console().print_json(applied_exports_json(applied.report));
  } else {
    APPORTION_TRY(session.console().print_table(apply_table(applied.report)));
    for (const std::string& note : applied.report.notes) session.console().say("note: " + note);
  }
  for (const Error& error : applied.unreadable) session.console().report(error);
  for (const AppliedExport& one : applied.report.exports) {
    if (one.error) session.console().report(*one.error);
  }
  if (const Error* failure = applied.failure()) return exit_code(failure->kind());
  if (!options.dry_run)
    session.console().say(
        fmt::format("next: apportion exports backfill --connection {}, then apportion sync", options.connection));
  return kExitDone;
}

Result<ExitCode> run_list(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(ConnectionExports exports, open_exports(session, workspace, gateway, options));
  APPORTION_ASSIGN(const auto definitions, exports.list());
  if (session.json()) {
    session.console().print_json(exports_json(definitions));
  } else {
    APPORTION_TRY(session.console().print_table(exports_table(definitions)));
  }
  return kExitDone;
}

Result<ExitCode> run_run(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(ConnectionExports exports, open_exports(session, workspace, gateway, options));
  const ExportRunRequest request{options.name, options.month, options.wait,
                                 std::chrono::seconds(options.pause_seconds)};
  APPORTION_ASSIGN(const RunOfExport done, exports.run(request, [&](const RunOfExport& now) {
    session.console().progress(fmt::format("{}: {}", now.export_name, now.run.status));
  }));
  if (session.json()) {
    session.console().print_json(export_run_json(done.run));
  } else {
    APPORTION_TRY(session.console().print_table(runs_table({done.run})));
  }
  if (done.run.state != RunState::kFailed) return kExitDone;
  session.console().report({ErrorId::kExportRunFailed, "the run failed", done.export_name, done.run.explanation(),
                            "run it again, or see `apportion exports history`"});
  return exit_code(ErrorKind::kUnreachable);
}

Result<ExitCode> run_history(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(ConnectionExports exports, open_exports(session, workspace, gateway, options));
  APPORTION_ASSIGN(const RunsOfExport known, exports.history(options.name));
  if (session.json()) {
    session.console().print_json(export_runs_json(known));
    return kExitDone;
  }
  Table table = runs_table(known.runs);
  table.notices.emplace_back("Azure does not list the second runs of days 1 to 5, which rewrite the previous month");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_backfill_command(Session& session, const ExportsOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(ConnectionExports exports, open_exports(session, workspace, gateway, options));
  const BackfillRequest request{options.from, options.to, options.retry, options.dry_run,
                                std::chrono::seconds(options.pause_seconds)};
  const BackfillWatch watch{[&](const std::string& note) { session.console().say("note: " + note); },
                            [&](const BackfillStep& step) {
                              session.console().say(fmt::format("  {} {}: {}{}", step.export_name,
                                                                step.month.to_string(), step_state_name(step.state),
                                                                step.note.empty() ? "" : " (" + step.note + ")"));
                            }};
  APPORTION_ASSIGN(const auto done, exports.backfill(request, watch));
  if (session.json()) {
    session.console().print_json(backfill_json(done));
  } else {
    APPORTION_TRY(session.console().print_table(steps_table(done)));
  }
  const auto any_is = [&done](StepState state) {
    return std::any_of(done.begin(), done.end(), [state](const BackfillStep& step) { return step.state == state; });
  };
  const bool failed = any_is(StepState::kFailed);
  const bool open = any_is(StepState::kNothingNew);
  if (failed) session.console().say("some months failed; try them again with --retry");
  if (open) {
    session.console().say(
        "for some months Azure delivered nothing and says only that nothing is new: they may have charges; try them "
        "again with --retry");
  }
  return failed || open ? kExitCheckFailed : kExitDone;
}

void add_connection_argument(Command command, ExportsOptions& options) {
  command.add_option("--connection", options.connection, "The connection").required().type_name("NAME");
}

void add_pause_option(Command command, ExportsOptions& options) {
  command.add_option("--pause", options.pause_seconds, "Seconds between two checks of a run (default: 30)")
      .between(0, 3600)
      .type_name("SECONDS");
}

}  // namespace

void add_exports_command(Command app, Action& action) {
  Command group =
      add_group(app, "exports", "Compare what Azure should deliver with what it does deliver, and make it so");
  auto options = std::make_shared<ExportsOptions>();

  Command plan =
      add_command(group, "plan", "Compare the exports that should exist with those that do; exit 1 if they differ",
                  "  apportion exports plan --connection acme --storage /subscriptions/…/storageAccounts/acmebills "
                  "--container bills");
  add_connection_argument(plan, *options);
  options->wishes.add_options(plan);
  on_chosen(plan, action, options, run_plan);

  Command apply = add_command(group, "apply", "Create and update exports; others' exports are never touched",
                              "  apportion exports apply --connection acme");
  add_connection_argument(apply, *options);
  options->wishes.add_options(apply);
  apply.add_flag("--renew-sas", options->renew_sas, "Send the delivery SAS again to exports that are in order");
  add_dry_run_option(apply, options->dry_run);
  on_chosen(apply, action, options, run_apply);

  Command list =
      add_command(group, "list", "List the exports of the scope", "  apportion exports list --connection acme");
  add_connection_argument(list, *options);
  on_chosen(list, action, options, run_list);

  Command run = add_command(group, "run", "Run an export now, for its own days or for one month",
                            "  apportion exports run --connection acme --export apportion-actual --month 2026-10");
  add_connection_argument(run, *options);
  run.add_option("--export", options->name, "Name of the export").required().type_name("NAME");
  add_month_option(run, options->month, "This calendar month (default: the export's own days)");
  run.add_flag("--wait", options->wait, "Wait until the run has ended");
  add_pause_option(run, *options);
  on_chosen(run, action, options, run_run);

  Command history = add_command(group, "history", "Show the runs of an export as Azure reports them",
                                "  apportion exports history --connection acme --export apportion-actual");
  add_connection_argument(history, *options);
  history.add_option("--export", options->name, "Name of the export").required().type_name("NAME");
  on_chosen(history, action, options, run_history);

  Command backfill = add_command(group, "backfill",
                                 "Run the exports for earlier months, one month at a time; resumes where it stopped",
                                 "  apportion exports backfill --connection acme --from 2025-11");
  add_connection_argument(backfill, *options);
  const auto month_option = [backfill](const char* name, std::optional<Month>& month, const char* about) {
    backfill
        .add_option(
            name, [&month](const std::string& text) { month = Month::parse(text); }, about)
        .check([](const std::string& text) {
          return Month::parse(text) ? std::string()
                                    : "`" + text + "` is not a valid month; use YYYY-MM, for example 2026-10";
        })
        .type_name("YYYY-MM");
  };
  month_option("--from", options->from, "The earliest month (default: as far back as Azure goes)");
  month_option("--to", options->to, "The latest month (default: last month)");
  backfill.add_flag("--retry", options->retry, "Retry months that failed or were skipped");
  add_pause_option(backfill, *options);
  add_dry_run_option(backfill, options->dry_run);
  on_chosen(backfill, action, options, run_backfill_command);
}

}  // namespace apportion
