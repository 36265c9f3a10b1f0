#include "serve/cli/commands_internal.h"

namespace apportion {

Command add_command(Command parent, const std::string& name, const std::string& about, const std::string& examples) {
  Command command = parent.add_subcommand(name, about);
  command.footer("Example:\n" + examples + "\n\nOptions of every command (--home, --json, …): apportion --help");
  return command;
}

Command add_group(Command parent, const std::string& name, const std::string& about) {
  Command group = parent.add_subcommand(name, about);
  group.require_subcommands(1, 0);
  group.footer("Help for one of them: apportion " + name + " COMMAND --help");
  return group;
}

CommandOption add_month_option(Command command, std::optional<Month>& month, const std::string& about,
                               const std::string& name) {
  return command
      .add_option(
          name, [&month](const std::string& text) { month = Month::parse(text); }, about)
      .check([](const std::string& text) {
        return Month::parse(text) ? std::string()
                                  : "`" + text + "` is not a valid month; use YYYY-MM, for example 2026-10";
      })
      .type_name("YYYY-MM");
}

CommandOption add_day_option(Command command, std::optional<Day>& day, const std::string& about,
                             const std::string& name) {
  return command
      .add_option(
          name, [&day](const std::string& text) { day = Day::parse(text); }, about)
      .check([](const std::string& text) {
        return Day::parse(text) ? std::string()
                                : "`" + text + "` is not a valid day; use YYYY-MM-DD, for example 2026-10-31";
      })
      .type_name("YYYY-MM-DD");
}

void add_months_options(Command command, std::optional<Month>& month, std::optional<Month>& first,
                        std::optional<Month>& last) {
  CommandOption one = add_month_option(command, month, "This month only (default: all)");
  add_month_option(command, first, "This month and later", "--from").excludes(one);
  add_month_option(command, last, "This month and earlier", "--to").excludes(one);
}

namespace {

std::optional<MonthRange> parse_month_range(const std::string& text) {
  const std::size_t dots = text.find("..");
  const auto first = Month::parse(std::string_view(text).substr(0, dots));
  const auto last = dots == std::string::npos ? first : Month::parse(std::string_view(text).substr(dots + 2));
  if (!first || !last || *last < *first) return std::nullopt;
  return MonthRange{*first, *last};
}

}  // namespace

CommandOption add_month_range_option(Command command, std::optional<MonthRange>& range, const std::string& about) {
  return command
      .add_option(
          "--months", [&range](const std::string& text) { range = parse_month_range(text); }, about)
      .check([](const std::string& text) {
        return parse_month_range(text)
                   ? std::string()
                   : "`" + text + "` is not a valid range of months; use 2026-08..2026-10, or 2026-10";
      })
      .type_name("YYYY-MM..YYYY-MM");
}

CommandOption add_connection_option(Command command, std::optional<std::string>& connection, const std::string& about) {
  return command.add_option("--connection", connection, about).type_name("NAME");
}

CommandOption add_dry_run_option(Command command, bool& dry_run) {
  return command.add_flag("--dry-run", dry_run, "Show what would be done without changing anything");
}

std::string program_version() { return APPORTION_VERSION; }

}  // namespace apportion
