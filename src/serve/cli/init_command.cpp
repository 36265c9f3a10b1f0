#include <fmt/format.h>

#include "application/open_home.h"
#include "serve/cli/commands_internal.h"

namespace apportion {
namespace {

struct InitOptions {};

Result<ExitCode> run_init(Session& session, const InitOptions& /*options*/) {
  if (session.options().home.empty()) return no_home_error();
  APPORTION_ASSIGN(const MadeHome home, make_home(session.options().home));
  const std::string folder = home.folder.string();
  if (session.json()) {
    session.console().print_json({{"home", folder}, {"was_there", home.was_there}});
    return kExitDone;
  }
  session.console().say(home.was_there ? fmt::format("{} is a home already; nothing was changed", folder)
                                       : fmt::format("made the home {}", folder));
  session.console().say(
      "next: tell where Azure's exports lie, with `apportion connection add --help`, "
      "or invent some with `apportion sample --help`");
  return kExitDone;
}

}  // namespace

void add_init_command(CLI::App& app, Action& action) {
  CLI::App* command = add_command(app, "init", "Make a home: the folder for everything that Apportion keeps",
                                  "  apportion init\n  apportion --home /srv/apportion init");
  on_chosen(command, action, std::make_shared<InitOptions>(), run_init);
}

}  // namespace apportion
