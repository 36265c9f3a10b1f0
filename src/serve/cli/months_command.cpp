#include <fmt/format.h>

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
  std::string connection;
  std::optional<Month> month;
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
  if (months.empty()) table.notices.emplace_back("no month was taken in yet: apportion sync");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_lock(Session& session, const LockOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Connection connection, control_plane.connection_named(options.connection));
  if (!options.dry_run) APPORTION_TRY(control_plane.set_locked(connection.id, *options.month, options.locked));
  if (session.json()) {
    session.console().print_json({{"connection", connection.name},
                                  {"month", options.month->to_string()},
                                  {"locked", options.locked},
                                  {"dry_run", options.dry_run}});
    return kExitDone;
  }
  const std::string place = fmt::format("{} {}", connection.name, options.month->to_string());
  const std::string_view done = options.locked ? "locked" : "unlocked";
  session.console().say(options.dry_run ? fmt::format("{} would be {}", place, done)
                                        : fmt::format("{} is {}", place, done));
  return kExitDone;
}

void add_lock_command(CLI::App& group, Action& action, const std::string& name, bool locked, const std::string& about) {
  auto options = std::make_shared<LockOptions>();
  options->locked = locked;
  CLI::App* command =
      add_command(group, name, about, fmt::format("  apportion months {} --connection acme --month 2026-10", name));
  command->add_option("--connection", options->connection, "The connection")->required()->type_name("NAME");
  add_month_option(command, options->month, "The month")->required();
  add_dry_run_option(command, options->dry_run);
  on_chosen(command, action, options, run_lock);
}

}  // namespace

void add_months_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<MonthsOptions>();
  CLI::App* command = add_command(app, "months", "Show the calendar of bill months: state, runs, gaps; or lock a month",
                                  "  apportion months\n  apportion months --connection acme --json\n"
                                  "  apportion months lock --connection acme --month 2026-10");
  command->require_subcommand(0, 1);
  add_connection_option(command, options->connection, "This connection only (default: all)");
  add_month_option(command, options->month, "This month only (default: all)");
  on_chosen(command, action, options, run_months);
  add_lock_command(*command, action, "lock", true, "Close a month: nothing changes it any more");
  add_lock_command(*command, action, "unlock", false, "Open a locked month again");
  add_late_command(*command, action);
}

}  // namespace apportion
