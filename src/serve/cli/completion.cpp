#include "serve/cli/completion.h"

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

namespace apportion {
namespace {

/// A command with the words that may follow it.
struct CommandWords {
  std::vector<std::string> path;                              ///< Empty for the program itself.
  std::vector<std::pair<std::string, std::string>> commands;  ///< Name and description.
  std::vector<std::pair<std::string, std::string>> options;   ///< Long names without dashes, and description.
};

std::vector<std::pair<std::string, std::string>> options_of(const CLI::App& app) {
  std::vector<std::pair<std::string, std::string>> options;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) options.emplace_back(name, option->get_description());
  }
  return options;
}

/// All commands, the program first, each before its own subcommands.
std::vector<CommandWords> commands_of(const CLI::App& app) {
  std::vector<CommandWords> found;
  const std::function<void(const CLI::App&, const std::vector<std::string>&)> visit =
      [&](const CLI::App& one, const std::vector<std::string>& path) {
        CommandWords words{path, {}, options_of(one)};
        const auto subcommands = one.get_subcommands([](const CLI::App*) { return true; });
        for (const CLI::App* subcommand : subcommands)
          words.commands.emplace_back(subcommand->get_name(), subcommand->get_description());
        found.push_back(std::move(words));
        for (const CLI::App* subcommand : subcommands) {
          std::vector<std::string> deeper = path;
          deeper.push_back(subcommand->get_name());
          visit(*subcommand, deeper);
        }
      };
  visit(app, {});
  return found;
}

std::string path_text(const std::vector<std::string>& path) { return fmt::format("{}", fmt::join(path, " ")); }

/// The words after a command, with its own options and those of the program.
std::string words_after(const CommandWords& command, const CommandWords& program) {
  std::vector<std::string> words;
  for (const auto& [name, about] : command.commands) words.push_back(name);
  for (const auto& [name, about] : command.options) words.push_back("--" + name);
  if (!command.path.empty()) {
    for (const auto& [name, about] : program.options) {
      if (name != "help" && name != "version") words.push_back("--" + name);
    }
  }
  return fmt::format("{}", fmt::join(words, " "));
}

/// The part that bash and zsh share: finds the command in the words typed so far, then what may follow it.
std::string shell_cases(const std::vector<CommandWords>& commands) {
  std::string paths;
  std::string words;
  for (const CommandWords& command : commands) {
    if (!command.path.empty()) paths += fmt::format("{}'{}'", paths.empty() ? "" : " | ", path_text(command.path));
    words +=
        fmt::format("    '{}') candidates='{}' ;;\n", path_text(command.path), words_after(command, commands.front()));
  }
  return fmt::format(
      "  for word in \"${{typed[@]}}\"; do\n"
      "    case \"${{command:+$command }}$word\" in\n"
      "      {}) command=\"${{command:+$command }}$word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n"
      "{}"
      "  esac\n",
      paths, words);
}

std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

/// When fish should offer what follows a command: all its words were typed, and none of its subcommands.
std::string fish_condition(const CommandWords& command) {
  std::string condition;
  for (const std::string& word : command.path) {
    condition += (condition.empty() ? "" : "; and ") + fmt::format("__fish_seen_subcommand_from {}", word);
  }
  if (!command.commands.empty()) {
    condition += condition.empty() ? "not __fish_seen_subcommand_from" : "; and not __fish_seen_subcommand_from";
    for (const auto& [name, about] : command.commands) condition += " " + name;
  }
  return condition;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  return "# apportion: completion for bash. Load it with: source <(apportion completion bash)\n"
         "_apportion() {\n"
         "  local command='' candidates='' word current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
         "  local typed=(\"${COMP_WORDS[@]:1:COMP_CWORD-1}\")\n" +
         shell_cases(commands_of(app)) +
         "  COMPREPLY=($(compgen -W \"$candidates\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _apportion apportion\n";
}

std::string zsh_completion(const CLI::App& app) {
  return "#compdef apportion\n"
         "# apportion: completion for zsh. Load it with: source <(apportion completion zsh)\n"
         "_apportion() {\n"
         "  local command='' candidates='' word\n"
         "  local -a typed\n"
         "  typed=(\"${(@)words[2,CURRENT-1]}\")\n" +
         shell_cases(commands_of(app)) +
         "  compadd -- ${=candidates}\n"
         "  _files\n"
         "}\n"
         // zsh runs a file of its path as the function itself, the first time; otherwise this is a script.
         "if [ \"$funcstack[1]\" = _apportion ]; then _apportion \"$@\"; else compdef _apportion apportion; fi\n";
}

std::string fish_completion(const CLI::App& app) {
  std::string script = "# apportion: completion for fish. Load it with: apportion completion fish | source\n";
  for (const CommandWords& command : commands_of(app)) {
    const std::string when = fish_quoted(fish_condition(command));
    for (const auto& [name, about] : command.commands) {
      script += fmt::format("complete -c apportion -f -n {} -a {} -d {}\n", when, name, fish_quoted(about));
    }
    for (const auto& [name, about] : command.options) {
      const std::string condition = command.path.empty() ? "" : fmt::format(" -n {}", when);
      script += fmt::format("complete -c apportion{} -l {} -d {}\n", condition, name, fish_quoted(about));
    }
  }
  return script;
}

}  // namespace apportion
