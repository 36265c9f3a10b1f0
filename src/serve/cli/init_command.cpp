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
  session.console().say(home.was_there ? fmt::format("{} is already a home; nothing was changed", folder)
                                       : fmt::format("created the home {}", folder));
  session.console().say(
      "next: say where Azure's exports are (`apportion connection add --help`), or generate sample exports (`apportion "
      "sample --help`)");
  return kExitDone;
}

}  // namespace

void add_init_command(Command app, Action& action) {
  Command command = add_command(app, "init", "Create a home: the folder for everything that Apportion stores",
                                "  apportion init\n  apportion --home /srv/apportion init");
  on_chosen(command, action, std::make_shared<InitOptions>(), run_init);
}

}  // namespace apportion
