#include "serve/format/step_document.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "foundation/base/next_step.h"

namespace apportion {

nlohmann::ordered_json next_steps_json(std::string_view text) {
  auto steps = nlohmann::ordered_json::array();
  for (const NextStep& step : next_steps_in(text)) {
    const StepDefinition& definition = step_definition(step.id);
    auto arguments = nlohmann::ordered_json::object();
    for (const StepArgument& argument : step.arguments) arguments[argument.name] = argument.value;
    steps.push_back({{"step", definition.name}, {"title", definition.title}, {"arguments", std::move(arguments)}});
  }
  return steps;
}

}  // namespace apportion
