#include <fmt/format.h>

#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/format/flow_document.h"

namespace apportion {
namespace {

struct SplitOptions {
  MonthsToSplit request;
  ReviewOptions review;
};

Result<ExitCode> run_split(Session& session, const SplitOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  MonthsToSplit request = options.request;
  request.dry_run = options.review.dry_run;
  APPORTION_ASSIGN(const FlowReport report,
                   split_months(writable, request, review_of(session, options.review), [&session] {
                     session.console().say("the changes cannot be shown because published files are damaged");
                   }));
  if (session.json()) session.console().print_json(flow_json(report));
  const ExitCode code = show_flow(session, report);
  return report.left_alone && code == kExitDone ? told_left_alone(session, options.review) : code;
}

}  // namespace

void add_split_command(Command app, Action& action) {
  auto options = std::make_shared<SplitOptions>();
  Command command = add_command(app, "split", "Split months again by the current rules and customers",
                                "  apportion split --month 2026-10\n  apportion split --accept-rejects");
  add_connection_option(command, options->request.connection, "This connection only (default: all)");
  add_month_option(command, options->request.month, "This month only (default: all)");
  command.add_flag("--accept-rejects", options->request.accept_rejects,
                   "Split months even if some of their rows were rejected");
  command.add_flag("--accept-shrunk", options->request.accept_shrunk,
                   "Accept runs that contain less than those in force");
  options->review.add_options(command);
  on_chosen(command, action, options, run_split);
}

}  // namespace apportion
