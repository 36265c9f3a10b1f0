/// Shows an error as a JSON document for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "foundation/base/result.h"

namespace apportion {

/// `{"id": "no-charges", "code": "bad_input", "exit_code": 3, "what": …, "where": …, "why": …, "next": …}`, without
/// secrets; parts that are empty are left out. Steps are marks (next_step.h), which the surface words.
nlohmann::ordered_json error_json(const Error& error);
/// A list of them.
nlohmann::ordered_json errors_json(const std::vector<Error>& errors);

}  // namespace apportion
