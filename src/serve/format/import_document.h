/// Shows imports, and what would be imported, as JSON documents for programs.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/planned_imports.h"
#include "application/withdrawal.h"

namespace apportion {

nlohmann::ordered_json import_json(const ListedImport& listed);
/// `{"imports": …}`
nlohmann::ordered_json imports_json(const std::vector<ListedImport>& imports);
/// `in force`, `not in force`, `withdrawn`, or `beside charges`: it describes commitments.
std::string import_state_name(const ListedImport& listed);

nlohmann::ordered_json import_plan_json(const ImportPlan& plan);

}  // namespace apportion
