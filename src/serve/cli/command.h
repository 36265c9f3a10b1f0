/// One command of the command line, with its options: all that the commands see of the parser, whose headers take
/// seconds to compile. Internal to `cli`.
///
/// Both classes are handles of what the parser owns, as cheap as pointers: copies mean the same command or option, and
/// live as long as the parser. Targets of options are written when the command line is parsed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace apportion {

class CommandOption {
 public:
  explicit CommandOption(CLI::Option* option) : option_(option) {}

  CommandOption required() const;
  /// What the help shows as the value: `FILE`.
  CommandOption type_name(const std::string& name) const;
  /// The heading in the help that it stands below.
  CommandOption group(const std::string& heading) const;
  /// May be given again and again, each time with one value.
  CommandOption repeatable() const;
  CommandOption excludes(CommandOption other) const;
  CommandOption needs(const std::string& other) const;
  /// The help shows the value that the target has now as the default.
  CommandOption show_default() const;
  /// Refuses what `problem` has a text for.
  CommandOption check(const std::function<std::string(const std::string&)>& problem) const;
  CommandOption between(std::int64_t least, std::int64_t most) const;
  CommandOption one_of(const std::vector<std::string>& words) const;

 private:
  CLI::Option* option_;
};

class Command {
 public:
  explicit Command(CLI::App& parser) : parser_(&parser) {}

  Command add_subcommand(const std::string& name, const std::string& about) const;
  /// The help ends with this text.
  void footer(const std::string& text) const;
  /// How many subcommands must follow, and may at most.
  void require_subcommands(std::size_t least, std::size_t most) const;
  /// Whether one of its subcommands was chosen.
  bool has_chosen_subcommand() const;
  void on_chosen(const std::function<void()>& call) const;

  /// An option (`--name`) with a value, or an argument (`NAME`).
  CommandOption add_option(const std::string& name, std::string& target, const std::string& about) const;
  CommandOption add_option(const std::string& name, std::optional<std::string>& target, const std::string& about) const;
  CommandOption add_option(const std::string& name, std::vector<std::string>& target, const std::string& about) const;
  CommandOption add_option(const std::string& name, std::filesystem::path& target, const std::string& about) const;
  CommandOption add_option(const std::string& name, std::optional<std::filesystem::path>& target,
                           const std::string& about) const;
  CommandOption add_option(const std::string& name, int& target, const std::string& about) const;
  CommandOption add_option(const std::string& name, std::int64_t& target, const std::string& about) const;
  CommandOption add_option(const std::string& name, std::uint64_t& target, const std::string& about) const;
  CommandOption add_option(const std::string& name, std::optional<std::int64_t>& target,
                           const std::string& about) const;
  CommandOption add_option(const std::string& name, const std::function<void(const std::string&)>& take,
                           const std::string& about) const;
  CommandOption add_flag(const std::string& name, bool& target, const std::string& about) const;
  CommandOption add_flag(const std::string& name, const std::function<void()>& take, const std::string& about) const;

  const CLI::App& parser() const { return *parser_; }

 private:
  CLI::App* parser_;
};

}  // namespace apportion
