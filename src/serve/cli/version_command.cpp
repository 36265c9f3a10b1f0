#include <fmt/format.h>

#include "engine/engine.h"
#include "serve/cli/commands_internal.h"

namespace apportion {
namespace {

struct VersionOptions {};

Result<ExitCode> run_version(Session& session, const VersionOptions& /*options*/) {
  const std::string engine = engine_version();
  if (session.json()) {
    session.console().print_json({{"apportion", program_version()}, {"duckdb", engine}});
  } else {
    session.console().print_text(fmt::format("apportion {}\nDuckDB {}\n", program_version(), engine));
  }
  return kExitDone;
}

}  // namespace

void add_version_command(Command app, Action& action) {
  Command command =
      add_command(app, "version", "Print the version of the program and of its engine", "  apportion version");
  on_chosen(command, action, std::make_shared<VersionOptions>(), run_version);
}

}  // namespace apportion
