/// How the calendar of months is shown: to people as a table, to programs as a JSON document.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "query/months_report.h"
#include "query/table.h"

namespace apportion {

nlohmann::ordered_json months_json(const std::vector<MonthLine>& months);
/// One row a month.
Table months_table(const std::vector<MonthLine>& months);

}  // namespace apportion
