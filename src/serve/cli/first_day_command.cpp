#include <fmt/format.h>

#include "application/first_day.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/first_day_document.h"

namespace apportion {
namespace {

struct FirstDayOptions {};

Result<ExitCode> run_first_day(Session& session, const FirstDayOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const FirstDay day, first_day(session.caller(), workspace, true));
  Console& console = session.console();
  if (session.json()) {
    console.print_json(first_day_json(day));
    return kExitDone;
  }
  APPORTION_TRY(console.print_table(first_day_table(day)));
  if (!day.tenants.rows.empty()) {
    console.say("without a customer in the newest month:");
    APPORTION_TRY(console.print_table(day.tenants));
  }
  if (day.is_over()) console.say("the first day is over: nothing that is needed is left to do");
  return kExitDone;
}

}  // namespace

void add_first_day_command(Command app, Action& action) {
  Command command = add_command(app, "first-day", "Show what is done of the first day, and what comes next",
                                "  apportion first-day\n  apportion first-day --json");
  on_chosen(command, action, std::make_shared<FirstDayOptions>(), run_first_day);
}

}  // namespace apportion
