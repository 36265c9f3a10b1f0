#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "application/alert_channels.h"
#include "application/sync.h"
#include "foundation/base/count_text.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/step_wording.h"
#include "store/settings.h"

namespace apportion {
namespace {

constexpr int kDayMinutes = 24 * 60;
constexpr std::chrono::minutes kLockedPause{1};

struct ServeOptions {
  std::optional<std::int64_t> every_minutes;  ///< Unset: as the settings say.
  int rounds = 0;                             ///< 0: until it is stopped.
};

// One round: sync, split, alerts. Stopping its job stops the round, not the service.
Result<void> serve_round(Session& session) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  if (connections.empty()) {
    session.console().say("there are no connections yet; see apportion connection add --help");
    return ok();
  }
  workspace.cancel = session.cancel().child();
  AzureWorld world = session.azure_world();
  world.cancel = workspace.cancel;
  Gateway gateway(std::move(world));
  AzureSessions sessions(workspace, gateway);
  workspace.stores = sessions.stores();
  APPORTION_ASSIGN(const FlowReport report, sync(workspace, sessions, gateway, {}));
  if (session.json()) session.console().print_json(flow_json(report));
  static_cast<void>(show_flow(session, report));  // a problem in one round is reported, and does not end the service
  APPORTION_ASSIGN(const AlertRound round, tell_alerts(workspace, session.clock(), gateway, command_words));
  say_alert_round(session.console(), round);
  for (const Error& failure : round.failures) session.console().report(failure);
  return ok();
}

Result<std::chrono::minutes> minutes_between(Session& session, const ServeOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  return std::chrono::minutes(options.every_minutes.value_or(settings[SettingId::kServeEveryMinutes]));
}

Result<ExitCode> run_serve(Session& session, const ServeOptions& options) {
  APPORTION_ASSIGN(const auto every, minutes_between(session, options));  // a missing home is reported immediately
  session.console().say(
      fmt::format("looking for new runs every {}; stop with Ctrl-C", count_of(every.count(), "minute")));
  for (int done = 0; options.rounds == 0 || done < options.rounds;) {
    session.console().say(fmt::format("round at {}", session.clock().now()));
    const auto round = serve_round(session);
    const bool locked = !round && round.error().kind() == ErrorKind::kBusy;
    if (!round && !session.cancel().requested()) session.console().report(round.error());
    if (!locked) ++done;
    if (done == options.rounds && options.rounds > 0) break;
    const std::chrono::minutes pause = locked ? kLockedPause : every;
    if (!session.cancel().wait_for(pause)) break;
  }
  session.console().say("stopped");
  return kExitDone;
}

}  // namespace

void add_serve_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command = add_command(app, "serve", "Run as a service: sync and split on a schedule, and send alerts",
                                  "  apportion serve --every 60");
  command
      ->add_option("--every", options->every_minutes,
                   "Minutes between two rounds (default: the setting serve.every-minutes)")
      ->check(CLI::Range(1, kDayMinutes).description(""))
      ->type_name("MINUTES");
  command->add_option("--rounds", options->rounds, "End after this many rounds (default: run until stopped)")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->type_name("N");
  on_chosen(command, action, options, run_serve);
}

}  // namespace apportion
