#include "serve/cli/step_wording.h"

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "foundation/base/text.h"
#include "serve/cli/command_line.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;

TEST(StepWording, QuotesArgumentsForTheShell) {
  const NextStep accept{Step::kAcceptLateCharges, {{"connection", "it's; rm"}, {"month", "2026-10"}}};
  EXPECT_EQ(command_words(accept),
            R"(`apportion months late accept --connection 'it'\''s; rm' --month 2026-10 --reason TEXT`)");
}

TEST(StepWording, APathIsNeverReadAsAnOption) {
  EXPECT_EQ(command_words({Step::kCheckRules, {{"file", "-r.yaml"}}}), "`apportion rules check ./-r.yaml`");
  EXPECT_EQ(shell_word("-my rules.yaml"), "'./-my rules.yaml'");
}

TEST(StepWording, LeavesOutOptionsThatAreNotKnown) {
  EXPECT_EQ(command_words({Step::kSync, {}}), "`apportion sync`");
  EXPECT_EQ(with_commands("take it in: " + step(Step::kSync, {{"connection", "acme"}}) + "."),
            "take it in: `apportion sync --connection acme`.");
}

std::string help_of(std::vector<std::string> arguments) {
  arguments.emplace_back("--help");
  std::ostringstream data;
  std::ostringstream talk;
  ProgramEnvironment environment;
  environment.arguments = std::move(arguments);
  environment.data = &data;
  environment.talk = &talk;
  environment.variable = [](const char*) { return std::nullopt; };
  EXPECT_EQ(run_command_line(environment), 0) << talk.str();
  return data.str();
}

// The words of a command up to its first option or argument; empty for options of the command that was given.
std::vector<std::string> command_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : split_text(text, ' ')) {
    if (!std::regex_match(std::string(word), std::regex("[a-z][a-z-]*"))) break;
    words.emplace_back(word);
  }
  return words;
}

TEST(StepWording, NamesCommandsAndOptionsThatExist) {
  for (const StepDefinition& definition : step_definitions()) {
    std::string text(command_template(definition.id));
    std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
    const std::vector<std::string> command = command_of(text);
    if (command.empty()) continue;
    const std::string help = help_of(command);
    EXPECT_THAT(help, HasSubstr(fmt::format("apportion {}", fmt::join(command, " ")))) << definition.name;
    const std::regex option("--[a-z][a-z-]*");
    for (std::sregex_iterator it(text.begin(), text.end(), option); it != std::sregex_iterator(); ++it)
      EXPECT_THAT(help, HasSubstr(it->str())) << definition.name;
  }
}

TEST(StepWording, UsesEveryParameterAndNoOther) {
  for (const StepDefinition& definition : step_definitions()) {
    NextStep step{definition.id, {}};
    for (const std::string_view parameter : split_text(definition.parameters, ' '))
      if (!parameter.empty()) step.arguments.push_back({std::string(parameter), fmt::format("<{}>", parameter)});
    const std::string words = command_words(step);
    for (const StepArgument& argument : step.arguments)
      EXPECT_THAT(words, HasSubstr(argument.value)) << definition.name;
    EXPECT_THAT(words, ::testing::Not(::testing::ContainsRegex("[][{}]"))) << definition.name;
  }
}

}  // namespace
}  // namespace apportion
