#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/planned_imports.h"

namespace apportion {
namespace {

struct SyncOptions {
  std::optional<std::string> connection;
  std::optional<Month> month;
  bool unverified = false;
  bool accept_rejects = false;
  bool dry_run = false;
};

Result<std::vector<Connection>> chosen_connections(const ControlPlane& control_plane, const SyncOptions& options) {
  if (options.connection) {
    APPORTION_ASSIGN(Connection connection, control_plane.connection_named(*options.connection));
    return std::vector{std::move(connection)};
  }
  APPORTION_ASSIGN(auto connections, control_plane.connections());
  if (connections.empty()) {
    return Error{ErrorCode::kUsage, "there is nothing to sync", "", "no connection says where the exports lie",
                 "add one: apportion connection add --name NAME --actual FOLDER --amortized FOLDER"};
  }
  return connections;
}

Result<ExitCode> plan_sync(Session& session, const SyncOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto connections, chosen_connections(workspace.control_plane, options));
  ImportPlan plan;
  for (const Connection& connection : connections) {
    APPORTION_ASSIGN(ImportPlan part, plan_connection(workspace, connection, options.month, options.unverified));
    plan.add(std::move(part));
  }
  return show_plan(session, plan);
}

Result<ExitCode> run_sync(Session& session, const SyncOptions& options) {
  if (options.dry_run) return plan_sync(session, options);
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  Workspace& workspace = writable.workspace;
  APPORTION_ASSIGN(const auto connections, chosen_connections(workspace.control_plane, options));
  FlowReport report;
  for (const Connection& connection : connections) {
    session.console().progress("looking for new runs of " + connection.name);
    APPORTION_ASSIGN(ImportReport found,
                     import_connection(workspace, connection, options.month, options.unverified, writable.lock));
    report.add_import(connection.name, std::move(found), options.accept_rejects);
  }
  APPORTION_ASSIGN(auto months, months_to_publish(workspace.control_plane, options.connection, options.month, true));
  ask_for_imported_only(months, report);
  PublishOptions publish;
  publish.accept_rejects = options.accept_rejects;
  APPORTION_TRY(publish_months(session, writable, months, publish, false, report));
  if (session.json()) session.console().print_json(flow_json(report));
  const ExitCode code = show_flow(session, report);
  const bool changed = std::any_of(report.months.begin(), report.months.end(),
                                   [](const FlowReport::Published& published) { return published.outcome.changed; });
  if (code == kExitDone && changed)
    session.console().say("next: `apportion prove`, then `apportion report costs --by CustomerId,BillingCurrency`");
  return code;
}

}  // namespace

void add_sync_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<SyncOptions>();
  CLI::App* command = add_command(app, "sync", "Take in what is new in the exports, split it, and publish it",
                                  "  apportion sync\n  apportion sync --connection acme --month 2026-10");
  add_connection_option(command, options->connection, "This connection only (default: all)");
  add_month_option(command, options->month, "This month only (default: all)");
  command->add_flag("--unverified", options->unverified, "Take files without a manifest too, and mark them");
  command->add_flag("--accept-rejects", options->accept_rejects, "Split months although rows of them were rejected");
  add_dry_run_option(command, options->dry_run);
  on_chosen(command, action, options, run_sync);
}

}  // namespace apportion
