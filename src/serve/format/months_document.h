/// Shows the calendar of months: as a table for people, as a JSON document for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "query/months_report.h"
#include "query/table.h"

namespace apportion {

nlohmann::ordered_json months_json(const std::vector<MonthLine>& months);
/// One row per month.
Table months_table(const std::vector<MonthLine>& months);

}  // namespace apportion
