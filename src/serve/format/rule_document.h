/// Shows what is wrong with split rules, and what they would change, as JSON documents for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/documents.h"
#include "foundation/base/date.h"

namespace apportion {

/// Parts that are empty are left out. Steps are marks (next_step.h), which the surface words.
nlohmann::ordered_json finding_json(const RuleFinding& finding);
/// A list of them.
nlohmann::ordered_json findings_json(const std::vector<RuleFinding>& findings);

/// `name`: what the rules are called, such as the name of their file.
nlohmann::ordered_json rule_check_json(const std::string& name, const std::vector<RuleFinding>& findings);
/// `warnings`: those of the rules that were previewed.
nlohmann::ordered_json rule_preview_json(Month month, const DocumentPreview& preview,
                                         const std::vector<RuleFinding>& warnings);

/// How many of the findings are errors, or warnings.
std::int64_t count_findings(const std::vector<RuleFinding>& findings, FindingSeverity severity);

}  // namespace apportion
