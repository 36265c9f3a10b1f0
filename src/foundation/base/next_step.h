/// What a person may do next, named without saying how: the command line words it as a command, an API as an operation.
///
/// Advice in messages (`Error::next`, notes, findings, alerts) holds steps as marks inside its text. Whoever shows the
/// text replaces them by its own words; a mark that nobody replaced shows up as escapes.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apportion {

enum class Step {
#define APPORTION_NEXT_STEP(id, name, title, parameters) id,
#include "foundation/base/next_steps.def"
#undef APPORTION_NEXT_STEP
};

/// A step of the table (next_steps.def).
struct StepDefinition {
  Step id;
  std::string_view name;        ///< `accept-late-charges`
  std::string_view title;       ///< `put the newer charges in force`
  std::string_view parameters;  ///< `connection month`
};

const std::vector<StepDefinition>& step_definitions();
const StepDefinition& step_definition(Step id);

struct StepArgument {
  std::string name;  ///< One of the parameters.
  std::string value;

  bool operator==(const StepArgument&) const = default;
};

struct NextStep {
  Step id;
  std::vector<StepArgument> arguments;  ///< Those that are known, in any order.

  bool operator==(const NextStep&) const = default;
};

/// The mark of a step, to be put into the text of a message. A parameter may be left out when it is not known; a name
/// that is not a parameter of the step is a bug.
std::string step(Step id, std::initializer_list<StepArgument> arguments = {});

/// Advice in a table of constants: a text, and the step that it ends with.
struct Advice {
  // NOLINTNEXTLINE(google-explicit-constructor): a table of advice without steps is a list of texts
  constexpr Advice(const char* its_text, std::optional<Step> its_step = std::nullopt)
      : text(its_text), step(its_step) {}

  std::string_view text;
  std::optional<Step> step;
};

/// The advice as the text of a message: `renew the secret: ` and the mark of the step.
std::string advice_text(const Advice& advice);

/// How a surface words a step.
using StepWords = std::function<std::string(const NextStep&)>;

/// `text` with the words of `words` in place of the marks. Text without marks comes back byte for byte, and so does a
/// mark that `step` did not make.
std::string worded(std::string_view text, const StepWords& words);

/// The steps of a text, in its order: what a surface may offer as links or buttons.
std::vector<NextStep> next_steps_in(std::string_view text);

}  // namespace apportion
