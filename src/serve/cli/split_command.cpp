#include <fmt/format.h>

#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"

namespace apportion {
namespace {

struct SplitOptions {
  std::optional<std::string> connection;
  std::optional<Month> month;
  bool accept_rejects = false;
  bool accept_shrunk = false;
  ReviewOptions review;
};

Result<std::vector<MonthToPublish>> months_to_split(const ControlPlane& control_plane, const SplitOptions& options) {
  APPORTION_ASSIGN(auto months, months_to_publish(control_plane, options.connection, options.month, true));
  if (months.empty()) {
    return Error{ErrorId::kNothingToSplit, "there is nothing to split", "",
                 "no imported month matches --connection and --month",
                 "`apportion months` shows what is there; `apportion sync` imports what is new"};
  }
  return months;
}

Result<ExitCode> run_split(Session& session, const SplitOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const auto months, months_to_split(writable.workspace.control_plane, options));
  PublishOptions publish;
  publish.again = true;
  publish.accept_rejects = options.accept_rejects;
  publish.accept_shrunk = options.accept_shrunk;
  FlowReport report;
  auto done = publish_months(writable, months, publish, false, report, {}, review_of(session, options.review));
  if (!done && done.error().id == ErrorId::kLakeFileDamaged && !options.review.dry_run) {
    session.console().say("the changes cannot be shown because published files are damaged");
    report = {};
    done = publish_months(writable, months, publish, false, report);
  }
  APPORTION_TRY(done);
  if (session.json()) session.console().print_json(flow_json(report));
  const ExitCode code = show_flow(session, report);
  return report.left_alone && code == kExitDone ? told_left_alone(session, options.review) : code;
}

}  // namespace

void add_split_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<SplitOptions>();
  CLI::App* command = add_command(app, "split", "Split months again by the current rules and customers",
                                  "  apportion split --month 2026-10\n  apportion split --accept-rejects");
  add_connection_option(command, options->connection, "This connection only (default: all)");
  add_month_option(command, options->month, "This month only (default: all)");
  command->add_flag("--accept-rejects", options->accept_rejects,
                    "Split months even if some of their rows were rejected");
  command->add_flag("--accept-shrunk", options->accept_shrunk, "Accept runs that contain less than those in force");
  options->review.add_options(command);
  on_chosen(command, action, options, run_split);
}

}  // namespace apportion
