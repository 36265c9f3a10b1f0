#include "serve/cli/command.h"

#include <CLI/CLI.hpp>

namespace apportion {

CommandOption CommandOption::required() const { return CommandOption(option_->required()); }

CommandOption CommandOption::type_name(const std::string& name) const {
  return CommandOption(option_->type_name(name));
}

CommandOption CommandOption::group(const std::string& heading) const { return CommandOption(option_->group(heading)); }

CommandOption CommandOption::repeatable() const {
  return CommandOption(option_->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
}

CommandOption CommandOption::excludes(CommandOption other) const {
  return CommandOption(option_->excludes(other.option_));
}

CommandOption CommandOption::needs(const std::string& other) const { return CommandOption(option_->needs(other)); }

CommandOption CommandOption::show_default() const { return CommandOption(option_->capture_default_str()); }

CommandOption CommandOption::check(const std::function<std::string(const std::string&)>& problem) const {
  return CommandOption(option_->check(problem));
}

CommandOption CommandOption::between(std::int64_t least, std::int64_t most) const {
  return CommandOption(option_->check(CLI::Range(least, most).description("")));
}

CommandOption CommandOption::one_of(const std::vector<std::string>& words) const {
  return CommandOption(option_->check(CLI::IsMember(words).description("")));
}

Command Command::add_subcommand(const std::string& name, const std::string& about) const {
  return Command(*parser_->add_subcommand(name, about));
}

void Command::footer(const std::string& text) const { parser_->footer(text); }

void Command::require_subcommands(std::size_t least, std::size_t most) const {
  parser_->require_subcommand(least, most);
}

bool Command::has_chosen_subcommand() const { return !parser_->get_subcommands().empty(); }

void Command::on_chosen(const std::function<void()>& call) const { parser_->callback(call); }

CommandOption Command::add_option(const std::string& name, std::string& target, const std::string& about) const {
  return CommandOption(parser_->add_option(name, target, about));
}

CommandOption Command::add_option(const std::string& name, std::optional<std::string>& target,
                                  const std::string& about) const {
  return CommandOption(parser_->add_option(name, target, about));
}

CommandOption Command::add_option(const std::string& name, std::vector<std::string>& target,
                                  const std::string& about) const {
  return CommandOption(parser_->add_option(name, target, about));
}

CommandOption Command::add_option(const std::string& name, std::filesystem::path& target,
                                  const std::string& about) const {
  return CommandOption(parser_->add_option(name, target, about));
}

CommandOption Command::add_option(const std::string& name, std::optional<std::filesystem::path>& target,
                                  const std::string& about) const {
  return CommandOption(parser_->add_option(name, target, about));
}

CommandOption Command::add_option(const std::string& name, int& target, const std::string& about) const {
  return CommandOption(parser_->add_option(name, target, about));
}

CommandOption Command::add_option(const std::string& name, std::int64_t& target, const std::string& about) const {
  return CommandOption(parser_->add_option(name, target, about));
}

CommandOption Command::add_option(const std::string& name, std::uint64_t& target, const std::string& about) const {
  return CommandOption(parser_->add_option(name, target, about));
}

CommandOption Command::add_option(const std::string& name, std::optional<std::int64_t>& target,
                                  const std::string& about) const {
  return CommandOption(parser_->add_option(name, target, about));
}

CommandOption Command::add_option(const std::string& name, const std::function<void(const std::string&)>& take,
                                  const std::string& about) const {
  return CommandOption(parser_->add_option_function<std::string>(name, take, about));
}

CommandOption Command::add_flag(const std::string& name, bool& target, const std::string& about) const {
  return CommandOption(parser_->add_flag(name, target, about));
}

CommandOption Command::add_flag(const std::string& name, const std::function<void()>& take,
                                const std::string& about) const {
  return CommandOption(parser_->add_flag_callback(name, take, about));
}

}  // namespace apportion
