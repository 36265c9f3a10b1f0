#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/planned_imports.h"
#include "application/sync.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/plan_view.h"
#include "serve/format/flow_document.h"

namespace apportion {
namespace {

struct SyncOptions {
  SyncRequest request;
  bool dry_run = false;
};

Result<ExitCode> show_sync_plan(Session& session, const SyncRequest& request) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  AzureSessions sessions(workspace, gateway);
  workspace.stores = sessions.stores();
  APPORTION_ASSIGN(const ImportPlan plan, plan_sync(workspace, request));
  return show_plan(session, plan);
}

// There must be one.
Month newest_month(const FlowReport& report) {
  Month newest = report.months.front().outcome.month;
  for (const FlowReport::Published& published : report.months) newest = std::max(newest, published.outcome.month);
  return newest;
}

Result<ExitCode> run_sync(Session& session, const SyncOptions& options) {
  if (options.dry_run) return show_sync_plan(session, options.request);
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  AzureSessions sessions(workspace, gateway);
  workspace.stores = sessions.stores();
  APPORTION_ASSIGN(const FlowReport report, sync(workspace, sessions, gateway, options.request));
  if (session.json()) session.console().print_json(flow_json(report));
  const ExitCode code = show_flow(session, report);
  if (code == kExitDone && published_anything(report)) {
    session.console().say(
        fmt::format("next: `apportion prove`, then `apportion report costs --by CustomerId,BillingCurrency --month {}`",
                    newest_month(report).to_string()));
  }
  return code;
}

}  // namespace

void add_sync_command(Command app, Action& action) {
  auto options = std::make_shared<SyncOptions>();
  SyncRequest& request = options->request;
  Command command = add_command(app, "sync", "Import what is new in the exports, split it, and publish it",
                                "  apportion sync\n  apportion sync --connection acme --month 2026-10");
  add_connection_option(command, request.connection, "This connection only (default: all)");
  add_month_option(command, request.month, "This month only (default: all)");
  command.add_flag("--unverified", request.unverified, "Also import files without a manifest, and mark them");
  command.add_flag("--accept-rejects", request.accept_rejects, "Split months even if some of their rows were rejected");
  command.add_flag("--accept-shrunk", request.accept_shrunk, "Accept runs that contain less than those in force");
  add_dry_run_option(command, options->dry_run);
  on_chosen(command, action, options, run_sync);
}

}  // namespace apportion
