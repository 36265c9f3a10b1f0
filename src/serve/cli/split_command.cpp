#include <fmt/format.h>

#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"

namespace apportion {
namespace {

struct SplitOptions {
  std::optional<std::string> connection;
  std::optional<Month> month;
  bool accept_rejects = false;
  bool accept_shrunk = false;
  bool dry_run = false;
};

Result<ExitCode> show_dry_run(Session& session, const std::vector<MonthToPublish>& months) {
  if (session.json()) {
    Json list = Json::array();
    for (const MonthToPublish& month : months) {
      list.push_back({{"connection", month.connection.name}, {"month", month.month.to_string()}});
    }
    session.console().print_json({{"would_split", std::move(list)}});
    return kExitDone;
  }
  for (const MonthToPublish& month : months) {
    session.console().say(fmt::format("would split {} {} again", month.connection.name, month.month.to_string()));
  }
  return kExitDone;
}

Result<std::vector<MonthToPublish>> months_to_split(const ControlPlane& control_plane, const SplitOptions& options) {
  APPORTION_ASSIGN(auto months, months_to_publish(control_plane, options.connection, options.month, true));
  if (months.empty()) {
    return Error{ErrorId::kNothingToSplit, "there is nothing to split", "",
                 "no month was taken in yet that fits --connection and --month",
                 "`apportion months` shows what is there; `apportion sync` takes in what is new"};
  }
  return months;
}

Result<ExitCode> run_split(Session& session, const SplitOptions& options) {
  if (options.dry_run) {
    APPORTION_ASSIGN(const Workspace workspace, session.open());
    APPORTION_ASSIGN(const auto months, months_to_split(workspace.control_plane, options));
    return show_dry_run(session, months);
  }
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const auto months, months_to_split(writable.workspace.control_plane, options));
  PublishOptions publish;
  publish.again = true;
  publish.accept_rejects = options.accept_rejects;
  publish.accept_shrunk = options.accept_shrunk;
  FlowReport report;
  APPORTION_TRY(publish_months(writable, months, publish, false, report));
  if (session.json()) session.console().print_json(flow_json(report));
  return show_flow(session, report);
}

}  // namespace

void add_split_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<SplitOptions>();
  CLI::App* command = add_command(app, "split", "Split months again by the rules and customers of now",
                                  "  apportion split --month 2026-10\n  apportion split --accept-rejects");
  add_connection_option(command, options->connection, "This connection only (default: all)");
  add_month_option(command, options->month, "This month only (default: all)");
  command->add_flag("--accept-rejects", options->accept_rejects, "Split months although rows of them were rejected");
  command->add_flag("--accept-shrunk", options->accept_shrunk, "Take runs that hold less than those in force");
  add_dry_run_option(command, options->dry_run);
  on_chosen(command, action, options, run_split);
}

}  // namespace apportion
