#include "serve/cli/commands_internal.h"

namespace apportion {

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& about,
                      const std::string& examples) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->footer("Example:\n" + examples + "\n\nOptions of every command (--home, --json, …): apportion --help");
  return command;
}

CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& about) {
  CLI::App* group = parent.add_subcommand(name, about);
  group->require_subcommand(1);
  group->footer("Help for one of them: apportion " + name + " COMMAND --help");
  return group;
}

CLI::Option* add_month_option(CLI::App* command, std::optional<Month>& month, const std::string& about,
                              const std::string& name) {
  return command
      ->add_option_function<std::string>(
          name, [&month](const std::string& text) { month = Month::parse(text); }, about)
      ->check([](const std::string& text) {
        return Month::parse(text) ? std::string()
                                  : "`" + text + "` is not a valid month; use YYYY-MM, for example 2026-10";
      })
      ->type_name("YYYY-MM");
}

CLI::Option* add_day_option(CLI::App* command, std::optional<Day>& day, const std::string& about,
                            const std::string& name) {
  return command
      ->add_option_function<std::string>(
          name, [&day](const std::string& text) { day = Day::parse(text); }, about)
      ->check([](const std::string& text) {
        return Day::parse(text) ? std::string()
                                : "`" + text + "` is not a valid day; use YYYY-MM-DD, for example 2026-10-31";
      })
      ->type_name("YYYY-MM-DD");
}

void add_months_options(CLI::App* command, std::optional<Month>& month, std::optional<Month>& first,
                        std::optional<Month>& last) {
  CLI::Option* one = add_month_option(command, month, "This month only (default: all)");
  add_month_option(command, first, "This month and later", "--from")->excludes(one);
  add_month_option(command, last, "This month and earlier", "--to")->excludes(one);
}

CLI::Option* add_connection_option(CLI::App* command, std::optional<std::string>& connection,
                                   const std::string& about) {
  return command->add_option("--connection", connection, about)->type_name("NAME");
}

CLI::Option* add_dry_run_option(CLI::App* command, bool& dry_run) {
  return command->add_flag("--dry-run", dry_run, "Show what would be done without changing anything");
}

std::string program_version() { return APPORTION_VERSION; }

}  // namespace apportion
