#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "application/service.h"
#include "foundation/base/count_text.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/step_wording.h"

namespace apportion {
namespace {

constexpr int kDayMinutes = 24 * 60;
struct ServeOptions {
  std::optional<std::int64_t> every_minutes;  ///< Unset: as the settings say.
  int rounds = 0;                             ///< 0: until it is stopped.
};

class ServeTalk final : public ServiceWatch {
 public:
  explicit ServeTalk(Session& session) : session_(&session) {}

  void begins(std::chrono::minutes between_rounds) override {
    session_->console().say(
        fmt::format("looking for new runs every {}; stop with Ctrl-C", count_of(between_rounds.count(), "minute")));
  }
  void round_begins() override { session_->console().say(fmt::format("round at {}", session_->clock().now())); }
  void has_no_connection() override {
    session_->console().say("there are no connections yet; see apportion connection add --help");
  }
  void took_in(const FlowReport& report) override {
    if (session_->json()) session_->console().print_json(flow_json(report));
    static_cast<void>(
        show_flow(*session_, report));  // a problem in one round is reported, and does not end the service
  }
  void alerted(const AlertRound& round) override {
    say_alert_round(session_->console(), round);
    for (const Error& failure : round.failures) session_->console().report(failure);
  }
  void round_failed(const Error& error) override { session_->console().report(error); }

 private:
  Session* session_;
};

Result<ExitCode> run_serve(Session& session, const ServeOptions& options) {
  APPORTION_ASSIGN(HomeRequest home, session.home_request());
  ServeTalk talk(session);
  APPORTION_TRY(run_service(
      {std::move(home), session.azure_world(), command_words, options.every_minutes, options.rounds}, talk));
  session.console().say("stopped");
  return kExitDone;
}

}  // namespace

void add_serve_command(Command app, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  Command command = add_command(app, "serve", "Run as a service: sync and split on a schedule, and send alerts",
                                "  apportion serve --every 60");
  command
      .add_option("--every", options->every_minutes,
                  "Minutes between two rounds (default: the setting serve.every-minutes)")
      .between(1, kDayMinutes)
      .type_name("MINUTES");
  command.add_option("--rounds", options->rounds, "End after this many rounds (default: run until stopped)")
      .between(1, 1'000'000)
      .type_name("N");
  on_chosen(command, action, options, run_serve);
}

}  // namespace apportion
