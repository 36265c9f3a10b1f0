#include <map>

#include "serve/cli/commands_internal.h"
#include "serve/cli/completion.h"

namespace apportion {
namespace {

using ScriptMaker = std::string (*)(const CLI::App&);
const std::map<std::string, ScriptMaker> kShells = {
    {"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};

struct CompletionOptions {
  std::string shell;
  const CLI::App* app = nullptr;
};

Result<ExitCode> run_completion(Session& session, const CompletionOptions& options) {
  session.console().print_data(kShells.at(options.shell)(*options.app));
  return kExitDone;
}

}  // namespace

void add_completion_command(Command app, Action& action) {
  auto options = std::make_shared<CompletionOptions>();
  options->app = &app.parser();
  Command command = add_command(app, "completion", "Print a script that completes commands in your shell",
                                "  source <(apportion completion bash)");
  command.add_option("SHELL", options->shell, "bash, zsh or fish").required().check([](const std::string& shell) {
    return kShells.contains(shell) ? std::string() : "`" + shell + "` is not supported; use bash, zsh or fish";
  });
  on_chosen(command, action, options, run_completion);
}

}  // namespace apportion
