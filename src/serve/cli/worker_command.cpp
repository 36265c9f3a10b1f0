#include <array>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "application/worker.h"
#include "foundation/base/count_text.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/secret_file.h"

namespace apportion {
namespace {

struct WorkerOptions {
  std::string coordinator;
  std::string token_file;
  std::filesystem::path lake;
  std::string name;
  int leases = 0;
};

constexpr const char* kTokenVariable = "APPORTION_WORKER_TOKEN";

class WorkerTalk final : public WorkerWatch {
 public:
  explicit WorkerTalk(Session& session) : session_(&session) {}

  void ready(const std::string& coordinator) override {
    session_->console().say(fmt::format("ready to read runs for {}; stop with Ctrl-C", coordinator));
  }
  void reads(const std::string& run) override { session_->console().say("reading " + run); }
  void wrote(std::int64_t rows, std::size_t runs) override {
    session_->console().say(
        fmt::format("wrote {} of {}", count_of(rows, "row"), count_of(static_cast<std::int64_t>(runs), "run")));
  }
  void dropped(const Error& why) override {
    session_->console().say("these runs are left to others");
    session_->console().report(why);
  }
  void waits(const Error& why) override {
    session_->console().report(why);
    session_->console().say("waiting for the service; it is asked again every few seconds");
  }

 private:
  Session* session_;
};

Result<std::string> token_of(Session& session, const WorkerOptions& options) {
  if (!options.token_file.empty()) return read_secret(session, options.token_file, "the token");
  if (const auto token = session.world().variable(kTokenVariable); token && !token->empty()) return *token;
  return Error{ErrorId::kCommandLineWrong, "the worker has no token", "--token-file",
               fmt::format("it is not given, and {} is not set", kTokenVariable),
               "make a token on the machine of the service: apportion token add NAME --role worker"};
}

std::string name_of_machine() {
  std::array<char, 256> name{};
  static_cast<void>(::gethostname(name.data(), name.size() - 1));
  return fmt::format("{}-{}", name[0] == '\0' ? "worker" : name.data(), ::getpid());
}

Result<ExitCode> run(Session& session, const WorkerOptions& options) {
  WorkerRequest request;
  request.coordinator = options.coordinator;
  APPORTION_ASSIGN(request.token, token_of(session, options));
  std::error_code failure;
  request.lake = std::filesystem::canonical(options.lake, failure);
  if (failure) {
    return Error{ErrorId::kWorkerLakeDiffers, "the folder of the lake cannot be opened", options.lake.string(),
                 failure.message(), "give the folder `lake` of the service's home, as this machine sees it"};
  }
  request.name = options.name.empty() ? name_of_machine() : options.name;
  request.version = program_version();
  request.threads = session.options().threads;
  request.leases = options.leases;
  WorkerTalk talk(session);
  APPORTION_TRY(run_worker(request, session.world().variable, session.cancel(), talk));
  session.console().say("stopped");
  return kExitDone;
}

}  // namespace

void add_worker_command(Command app, Action& action) {
  auto options = std::make_shared<WorkerOptions>();
  Command command = add_command(app, "worker", "Read runs for a service on another machine; needs no home",
                                "  apportion worker --coordinator https://billing.example.com:8484"
                                " --lake /mnt/apportion/lake --token-file worker.token");
  command.add_option("--coordinator", options->coordinator, "Address of the service, which hands out the runs")
      .required()
      .type_name("URL");
  command.add_option("--lake", options->lake, "The folder `lake` of the service's home, as this machine sees it")
      .required()
      .type_name("DIR");
  command
      .add_option("--token-file", options->token_file,
                  fmt::format("File with a token of the role `worker`, `-` for standard input (default: {})",
                              kTokenVariable))
      .type_name("FILE");
  command.add_option("--name", options->name, "What the service calls it (default: the machine and process)")
      .type_name("NAME");
  command.add_option("--leases", options->leases, "End after taking runs this many times (default: run until stopped)")
      .between(1, 1'000'000)
      .type_name("N");
  on_chosen(command, action, options, run);
}

}  // namespace apportion
