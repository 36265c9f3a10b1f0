#include <charconv>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/service.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "serve/api/api_server.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/report_access.h"
#include "serve/cli/step_wording.h"
#include "serve/format/flow_document.h"
#include "serve/page/page_files.h"

namespace apportion {
namespace {

constexpr int kDayMinutes = 24 * 60;
constexpr std::string_view kNowhere = "off";
// More than may check passwords at once: who signs in takes the answers from nobody else.
constexpr int kWorkers = 8;
constexpr int kWorkersOfOne = 4;

struct ServeOptions {
  std::optional<std::int64_t> every_minutes;  ///< Unset: as the settings say.
  int rounds = 0;                             ///< 0: until it is stopped.
  std::string listen = "127.0.0.1:8484";      ///< Or `off`.
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  bool behind_proxy = false;
  std::vector<std::string> host_names;
  std::string page;  ///< A folder, or `off`; empty: the one that belongs to the program.
  bool open = false;
  std::string audit_anchor;  ///< A file or a URL; empty: none.
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
  void delivered(const ReportRound& round) override { say_report_round(session_->console(), round); }
  void anchored(const AuditAnchor& anchor) override {
    session_->console().say(fmt::format("anchored the audit log at entry {}", anchor.number));
  }
  void alerted(const AlertRound& round) override {
    say_alert_round(session_->console(), round);
    for (const Error& failure : round.failures) session_->console().report(failure);
  }
  void round_failed(const Error& error) override { session_->console().report(error); }

 private:
  Session* session_;
};

// `ADDRESS:PORT`, the address of IPv6 in brackets.
Result<std::pair<std::string, std::uint16_t>> listening_place(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  std::uint16_t port = 0;
  const std::string_view digits = colon == std::string::npos ? "" : std::string_view(text).substr(colon + 1);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool is_port = !digits.empty() && read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  if (is_port && !address.empty()) return std::pair(std::move(address), port);
  return Error{ErrorId::kCommandLineWrong, "the service cannot listen there", fmt::format("--listen {}", excerpt(text)),
               "expected ADDRESS:PORT", "for example: --listen 127.0.0.1:8484, or off"};
}

Result<HttpServerOptions> server_options(const ServeOptions& options, const Clock& clock) {
  HttpServerOptions server;
  APPORTION_ASSIGN(const auto place, listening_place(options.listen));
  server.address = place.first;
  server.port = place.second;
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return Error{ErrorId::kCommandLineWrong, "TLS needs a certificate and its key",
                 options.tls_key.empty() ? "--tls-certificate" : "--tls-key", "the other one is missing",
                 "give both: --tls-certificate FILE --tls-key FILE"};
  }
  if (!options.tls_key.empty()) server.tls = HttpTlsFiles{options.tls_certificate, options.tls_key};
  server.behind_proxy = options.behind_proxy;
  server.host_names = options.host_names;
  server.clock = clock;
  server.workers = kWorkers;
  server.workers_of_line = kWorkersOfOne;
  return server;
}

// Lines of the log come from several threads, beside what the rounds say.
std::function<void(const std::string&)> log_of(Session& session) {
  return [&session, mutex = std::make_shared<std::mutex>()](const std::string& line) {
    const std::lock_guard lock(*mutex);
    session.console().log(line);
  };
}

// Without files, the service runs, and its address says how to get them.
Result<PageFiles> page_files(Session& session, const ServeOptions& options) {
  if (options.page == kNowhere) return PageFiles();
  if (!options.page.empty()) return PageFiles::open(options.page);
  const auto folder = page_folder_of(session.world().program_folder);
  if (folder) return PageFiles::open(*folder);
  session.console().say("the page is not installed: `make page` makes it from the sources; the API runs without it");
  return PageFiles();
}

Result<std::optional<ApiServer>> start_api(Session& session, const ServeOptions& options, const HomeRequest& home,
                                           std::shared_ptr<RunQueue> run_queue) {
  if (options.listen == kNowhere) {
    if (!options.open) return std::optional<ApiServer>();
    return Error{ErrorId::kCommandLineWrong, "nothing listens", "--open", "--listen is off", "leave one of them out"};
  }
  APPORTION_ASSIGN(HttpServerOptions server, server_options(options, session.clock()));
  HomeRequest quiet = home;  // what requests do is not told at the terminal
  quiet.talk = [](const std::string&) {};
  quiet.watch = {};
  AzureWorld azure = session.azure_world();
  azure.waits = {};
  constexpr std::chrono::seconds kLastWork{2};
  *session.patience() = server.stop_grace + kLastWork;
  PeopleWorld people{session.clock(), session.world().epoch_seconds, session.world().variable};
  people.passwords = std::make_shared<Passwords>(PasswordCost{}, Passwords::Limits{.at_once = 2, .waiting = 1});
  ApiOptions api_options{std::move(quiet),  std::move(azure),
                         std::move(people), session.world().epoch_seconds,
                         log_of(session),   std::string(program_version())};
  APPORTION_ASSIGN(PageFiles page, page_files(session, options));
  APPORTION_ASSIGN(ApiServer api, ApiServer::start(std::move(api_options), std::move(run_queue), std::move(page),
                                                   std::move(server)));
  session.console().say("listening at " + api.address());
  if (options.open) {
    const std::string actor = session.caller().actor;
    APPORTION_ASSIGN(const std::string link, api.sign_in_link(actor.substr(actor.find(':') + 1)));
    session.console().notify("to sign in, within two minutes: " + link);
  }
  return std::optional(std::move(api));
}

Result<ExitCode> run_serve(Session& session, const ServeOptions& options) {
  APPORTION_ASSIGN(HomeRequest home, session.home_request());
  std::optional<AuditAnchoring> anchoring;
  if (!options.audit_anchor.empty()) {
    APPORTION_ASSIGN(anchoring, AuditAnchoring::at(options.audit_anchor, home.folder));
  }
  APPORTION_ASSIGN(const FileLock is_service, lock_for_service(home));
  APPORTION_ASSIGN(auto run_queue, open_run_queue(home));
  APPORTION_ASSIGN(auto api, start_api(session, options, home, run_queue));
  ServeTalk talk(session);
  APPORTION_TRY(run_service({std::move(home), session.azure_world(), command_words, mail_world(session),
                             options.every_minutes, options.rounds, std::move(anchoring), std::move(run_queue)},
                            talk));
  if (api) api->stop();
  session.console().say("stopped");
  return kExitDone;
}

}  // namespace

void add_serve_command(Command app, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  Command command =
      add_command(app, "serve", "Run as a service: page and API, sync and split on a schedule, and alerts",
                  "  apportion serve --open\n"
                  "  apportion serve --every 60 --listen off\n"
                  "  apportion serve --listen 0.0.0.0:8484 --tls-certificate tls.pem --tls-key tls.key");
  command
      .add_option("--every", options->every_minutes,
                  "Minutes between two rounds (default: the setting serve.every-minutes)")
      .between(1, kDayMinutes)
      .type_name("MINUTES");
  command.add_option("--rounds", options->rounds, "End after this many rounds (default: run until stopped)")
      .between(1, 1'000'000)
      .type_name("N");
  command
      .add_option("--listen", options->listen,
                  "Where the API listens: ADDRESS:PORT, port 0 for one that is free, or `off`")
      .type_name("PLACE")
      .show_default();
  command
      .add_option("--tls-certificate", options->tls_certificate,
                  "PEM file with the certificate and its chain; read again when it changes")
      .type_name("FILE");
  command.add_option("--tls-key", options->tls_key, "PEM file with the key of the certificate").type_name("FILE");
  command.add_flag("--behind-proxy", options->behind_proxy,
                   "A proxy on this machine or network speaks TLS and names the clients");
  command
      .add_option("--host", options->host_names,
                  "A name that people reach the service by; others are refused (default: the address)")
      .type_name("NAME");
  command
      .add_option("--audit-anchor", options->audit_anchor,
                  "After each round, keep the audit log's newest hash there: a file outside the home, or an https URL")
      .type_name("PLACE");
  command
      .add_option("--page", options->page, "Folder with the files of the page, or `off` (default: beside the program)")
      .type_name("FOLDER");
  command.add_flag("--open", options->open, "Print a link that signs you in, once");
  on_chosen(command, action, options, run_serve);
}

}  // namespace apportion
