/// Rows of a table as part of a JSON document.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "query/table.h"

namespace apportion {

/// An array with one object per row: every value as text, amounts plain; cells without a value are left out.
nlohmann::ordered_json rows_json(const Table& table);

}  // namespace apportion
