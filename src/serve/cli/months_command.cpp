#include <fmt/format.h>

#include "application/late_changes.h"
#include "application/month_locks.h"
#include "query/months_report.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/month_scope.h"
#include "serve/format/months_document.h"

namespace apportion {
namespace {

struct MonthsOptions {
  std::optional<std::string> connection;
  std::optional<Month> month;
};

struct LockOptions {
  LockRequest request;
  bool locked = false;
  bool dry_run = false;
};

Result<ExitCode> run_months(Session& session, const MonthsOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto months,
                   months_report(workspace.control_plane, session.caller().scope(options.connection, options.month),
                                 session.clock().today()));
  if (session.json()) {
    session.console().print_json(months_json(months));
    return kExitDone;
  }
  Table table = months_table(months);
  if (months.empty()) table.notices.emplace_back("no month has been imported yet; run apportion sync");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

// What was held while the month was locked comes into force by itself once it is open.
Result<void> say_held(Session& session, const ControlPlane& control_plane, const std::vector<LockedMonth>& months) {
  for (const LockedMonth& month : months) {
    APPORTION_ASSIGN(const auto held,
                     late_changes(control_plane, ReadScope::of_partner(month.connection, month.month), false));
    if (held.empty()) continue;
    const std::string place = fmt::format("--connection {} --month {}", month.connection, month.month.to_string());
    session.console().say(
        fmt::format("{} {}: newer charges are held; once the month is open, they count from the next `apportion sync` "
                    "or `apportion split`; to see what they change: apportion months late {}",
                    month.connection, month.month.to_string(), place));
  }
  return ok();
}

Result<ExitCode> run_lock(Session& session, const LockOptions& options) {
  if (!options.request.month && !options.request.complete_only) {
    return Error{ErrorId::kCommandLineWrong, "it is not clear which months are meant", "",
                 "expected --month or --complete",
                 "for example: --month 2026-10, for one connection with --connection NAME, otherwise for all"};
  }
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const auto months,
                   months_to_lock(writable.workspace, options.request, options.locked, session.clock().today()));
  if (!options.locked) APPORTION_TRY(say_held(session, writable.workspace.control_plane, months));
  if (!options.dry_run) APPORTION_TRY(set_locked(writable, months, options.locked));
  if (session.json()) {
    session.console().print_json(locked_months_json(months, options.locked, options.dry_run));
    return kExitDone;
  }
  const std::string_view done = options.locked ? "locked" : "unlocked";
  for (const LockedMonth& month : months) {
    const std::string place = fmt::format("{} {}", month.connection, month.month.to_string());
    session.console().say(options.dry_run ? fmt::format("{} would be {}", place, done)
                                          : fmt::format("{} is {}", place, done));
    if (options.locked && month.state_before != "complete") {
      session.console().say(
          fmt::format("  note: it was {}, not complete: {}", month.state_before, month.reason_before));
    }
  }
  if (months.empty()) session.console().say(fmt::format("no month is left to be {}", done));
  return kExitDone;
}

void add_lock_command(Command group, Action& action, const std::string& name, bool locked, const std::string& about) {
  auto options = std::make_shared<LockOptions>();
  options->locked = locked;
  Command command =
      add_command(group, name, about, fmt::format("  apportion months {} --connection acme --month 2026-10", name));
  add_connection_option(command, options->request.connection, "This connection only (default: all)");
  add_month_option(command, options->request.month, "This month");
  if (locked) command.add_flag("--complete", options->request.complete_only, "Only months that are complete");
  add_dry_run_option(command, options->dry_run);
  on_chosen(command, action, options, run_lock);
}

}  // namespace

void add_months_command(Command app, Action& action) {
  auto options = std::make_shared<MonthsOptions>();
  Command command = add_command(app, "months", "Show the calendar of bill months: state, runs, gaps; or lock a month",
                                "  apportion months\n  apportion months --connection acme --json\n"
                                "  apportion months lock --connection acme --month 2026-10");
  command.require_subcommands(0, 1);
  add_connection_option(command, options->connection, "This connection only (default: all)");
  add_month_option(command, options->month, "This month only (default: all)");
  on_chosen(command, action, options, run_months);
  add_lock_command(command, action, "lock", true, "Close a month, so that nothing changes it");
  add_lock_command(command, action, "unlock", false, "Open a locked month again");
  add_late_command(command, action);
}

}  // namespace apportion
