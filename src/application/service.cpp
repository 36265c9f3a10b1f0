#include "application/service.h"

#include <utility>

#include "application/alert_channels.h"
#include "application/sync.h"
#include "store/settings.h"

namespace apportion {
namespace {

constexpr std::chrono::minutes kLockedPause{1};

Result<void> take_in(const ServiceRequest& request, Workspace& workspace, AzureSessions& sessions, Gateway& gateway,
                     ServiceWatch& watch) {
  APPORTION_ASSIGN(const FlowReport report, sync(workspace, sessions, gateway, {.workers = request.workers}));
  watch.took_in(report);
  if (!request.reports) return ok();
  APPORTION_ASSIGN(const ReportRound reports, deliver_reports(workspace.caller, workspace, *request.reports, {}));
  watch.delivered(reports);
  return ok();
}

// That the log cannot be anchored does not end the round.
Result<void> anchor_audit(std::optional<AuditAnchoring>& anchoring, const Workspace& workspace, Gateway& gateway,
                          ServiceWatch& watch) {
  if (!anchoring) return ok();
  APPORTION_ASSIGN(const auto anchor, anchoring->anchor(workspace, gateway.transport(), workspace.cancel));
  if (anchor) watch.anchored(*anchor);
  return ok();
}

// What a round says of problems does not end it.
Result<void> run_round(ServiceRequest& request, ServiceWatch& watch) {
  APPORTION_ASSIGN(Workspace workspace, open_home(request.home));
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  workspace.cancel = request.home.cancel.child();
  AzureWorld world = request.world;
  world.cancel = workspace.cancel;
  Gateway gateway(std::move(world));
  AzureSessions sessions(workspace, gateway);
  workspace.stores = sessions.stores();
  if (connections.empty()) {
    watch.has_no_connection();
  } else {
    APPORTION_TRY(take_in(request, workspace, sessions, gateway, watch));
  }
  const Result<void> anchored = anchor_audit(request.anchoring, workspace, gateway, watch);
  if (!anchored && workspace.cancel.requested()) return anchored.error();
  APPORTION_ASSIGN(const AlertRound round, tell_alerts(workspace, workspace.clock, gateway, request.words, anchored));
  watch.alerted(round);
  return ok();
}

Result<std::chrono::minutes> minutes_between(const ServiceRequest& request) {
  APPORTION_ASSIGN(const Workspace workspace, open_home(request.home));
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  return std::chrono::minutes(request.every_minutes.value_or(settings[SettingId::kServeEveryMinutes]));
}

}  // namespace

Result<FileLock> lock_for_service(const HomeRequest& request) {
  APPORTION_ASSIGN(const Home home, Home::open(request.folder));
  auto lock = FileLock::acquire(home.folder() / "service.lock");
  if (lock || lock.error().kind() != ErrorKind::kBusy) return lock;
  return Error{ErrorId::kHomeLocked, "another service runs on this home", home.folder().string(),
               "a home has one service", "use that one, or stop it first"};
}

Result<std::shared_ptr<RunQueue>> open_run_queue(const HomeRequest& request) {
  APPORTION_ASSIGN(const Workspace workspace, open_home(request));
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  return RunQueue::open(workspace.home, std::chrono::seconds(settings[SettingId::kWorkersLeaseSeconds]), [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  });
}

Result<void> run_service(ServiceRequest request, ServiceWatch& watch) {
  APPORTION_ASSIGN(const auto every, minutes_between(request));  // a home that is not there is told at once
  watch.begins(every);
  const Cancel& cancel = request.home.cancel;
  for (int done = 0; request.rounds == 0 || done < request.rounds;) {
    watch.round_begins();
    const auto round = run_round(request, watch);
    const bool is_locked = !round && round.error().kind() == ErrorKind::kBusy;
    if (!round && !cancel.requested()) watch.round_failed(round.error());
    if (!is_locked) ++done;
    if (done == request.rounds && request.rounds > 0) break;
    if (!cancel.wait_for(is_locked ? kLockedPause : every)) break;
  }
  return ok();
}

}  // namespace apportion
