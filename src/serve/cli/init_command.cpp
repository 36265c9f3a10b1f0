#include <fmt/format.h>

#include "serve/cli/commands_internal.h"
#include "store/home.h"

namespace apportion {
namespace {

struct InitOptions {};

Result<ExitCode> run_init(Session& session, const InitOptions& /*options*/) {
  if (session.options().home.empty()) return no_home_error();
  APPORTION_ASSIGN(const Home home, Home::create(session.options().home));
  if (session.json()) {
    session.console().print_json({{"home", home.folder().string()}, {"was_there", home.was_there()}});
    return kExitDone;
  }
  const std::string folder = home.folder().string();
  session.console().say(home.was_there() ? fmt::format("{} is already a home; nothing was changed", folder)
                                         : fmt::format("created the home {}", folder));
  session.console().say(
      "next: say where Azure's exports are (`apportion connection add --help`), or generate sample exports (`apportion "
      "sample --help`)");
  return kExitDone;
}

}  // namespace

void add_init_command(CLI::App& app, Action& action) {
  CLI::App* command = add_command(app, "init", "Create a home: the folder for everything that Apportion stores",
                                  "  apportion init\n  apportion --home /srv/apportion init");
  on_chosen(command, action, std::make_shared<InitOptions>(), run_init);
}

}  // namespace apportion
