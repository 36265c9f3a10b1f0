/// How the API words what a person may do next: as an operation, or, where there is none, by the step's title.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/next_step.h"

namespace apportion {

/// `POST /api/v1/months/split`, in backticks.
std::string operation_words(const NextStep& step);

/// The id of a step's operation; empty when it has none.
std::string_view operation_of(Step id);

}  // namespace apportion
