/// Shows what is wrong with commitment policies, and what they would move, as JSON documents for programs.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/documents.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "query/table.h"

namespace apportion {

/// `name`: what the policies are called, such as the name of their file.
nlohmann::ordered_json policy_check_json(const std::string& name, const std::vector<Error>& faults);
nlohmann::ordered_json policy_preview_json(Month month, const DocumentPreview& preview);

/// A table of changes with the names of what a preview of policies compares: what is moved, not the customers' amounts.
Table with_names_of_moves(Table table);

}  // namespace apportion
