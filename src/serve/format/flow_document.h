/// Shows imports and published months as JSON documents for programs.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/publish.h"

namespace apportion {

/// `imports`, `months` and `problems`; before them what was reviewed: `changes`, `unassigned_tenants`, and `dry_run` if
/// nothing was changed.
nlohmann::ordered_json flow_json(const FlowReport& report);

/// A list of objects: `source`, and the parts of the error.
nlohmann::ordered_json problems_json(const std::vector<Problem>& problems);

/// The notes of an import, one per line, without empty lines.
std::vector<std::string> note_lines(const std::string& notes);

}  // namespace apportion
