/// Shows the canonical columns of charges: as a table for people, as a JSON document for programs.
#pragma once

#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "foundation/model/charge_columns.h"
#include "query/table.h"

namespace apportion {

/// The columns whose name or meaning contains the word, whatever its case; all of them if it is empty.
std::vector<const ChargeColumn*> charge_columns_about(std::string_view word);

/// One row per column: what it holds, who sees it, what it means, an example.
Table columns_table(const std::vector<const ChargeColumn*>& columns);
/// `{"columns": …}`
nlohmann::ordered_json columns_json(const std::vector<const ChargeColumn*>& columns);

}  // namespace apportion
