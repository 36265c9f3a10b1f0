#include "foundation/base/next_step.h"

#include <algorithm>
#include <array>
#include <optional>

#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

// Control characters, which no message holds otherwise: <begin> name (<separator> parameter = value)* <end>
constexpr char kBegin = '\x02';
constexpr char kSeparator = '\x1f';
constexpr char kEnd = '\x03';

bool has_parameter(const StepDefinition& definition, std::string_view name) {
  const auto parameters = split_text(definition.parameters, ' ');
  return std::ranges::find(parameters, name) != parameters.end();
}

// Of a value, what would end the mark.
std::string plain_value(std::string_view value) {
  std::string plain(value);
  std::erase_if(plain, [](char c) { return c == kBegin || c == kSeparator || c == kEnd; });
  return plain;
}

std::optional<NextStep> parsed(std::string_view inside) {
  const auto parts = split_text(inside, kSeparator);
  const auto& all = step_definitions();
  const auto definition = std::ranges::find(all, parts.front(), &StepDefinition::name);
  if (definition == all.end()) return std::nullopt;
  NextStep step{definition->id, {}};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == std::string_view::npos || !has_parameter(*definition, parts[i].substr(0, equals)))
      return std::nullopt;
    step.arguments.push_back({std::string(parts[i].substr(0, equals)), std::string(parts[i].substr(equals + 1))});
  }
  return step;
}

// Calls `on_text` and `on_step` for the parts of a text, in its order.
template <class OnText, class OnStep>
void each_part(std::string_view text, OnText on_text, OnStep on_step) {
  while (!text.empty()) {
    const std::size_t begin = text.find(kBegin);
    const std::size_t end = begin == std::string_view::npos ? begin : text.find(kEnd, begin);
    if (end == std::string_view::npos) break;
    on_text(text.substr(0, begin));
    const auto step = parsed(text.substr(begin + 1, end - begin - 1));
    if (step) {
      on_step(*step);
    } else {
      on_text(text.substr(begin, end + 1 - begin));
    }
    text.remove_prefix(end + 1);
  }
  on_text(text);
}

}  // namespace

const std::vector<StepDefinition>& step_definitions() {
  static const std::vector<StepDefinition> definitions = {
#define APPORTION_NEXT_STEP(id, name, title, parameters) {Step::id, name, title, parameters},
#include "foundation/base/next_steps.def"
#undef APPORTION_NEXT_STEP
  };
  return definitions;
}

// Ids count from 0 in the order of the table.
const StepDefinition& step_definition(Step id) { return step_definitions()[static_cast<std::size_t>(id)]; }

std::string step(Step id, std::initializer_list<StepArgument> arguments) {
  const StepDefinition& definition = step_definition(id);
  std::string mark{kBegin};
  mark += definition.name;
  for (const StepArgument& argument : arguments) {
    APPORTION_CHECK(has_parameter(definition, argument.name), "a step is given its own parameters only");
    mark += kSeparator + argument.name + '=' + plain_value(argument.value);
  }
  return mark + kEnd;
}

std::string advice_text(const Advice& advice) {
  std::string text(advice.text);
  if (advice.step) text += ": " + step(*advice.step);
  return text;
}

std::string worded(std::string_view text, const StepWords& words) {
  std::string result;
  each_part(
      text, [&](std::string_view part) { result += part; }, [&](const NextStep& step) { result += words(step); });
  return result;
}

std::vector<NextStep> next_steps_in(std::string_view text) {
  std::vector<NextStep> steps;
  each_part(
      text, [](std::string_view) {}, [&](const NextStep& step) { steps.push_back(step); });
  return steps;
}

}  // namespace apportion
