/// Shows the calendar of months, and months that were locked: as a table for people, as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/month_locks.h"
#include "query/months_report.h"
#include "query/table.h"

namespace apportion {

nlohmann::ordered_json months_json(const std::vector<MonthLine>& months);
/// One row per month.
Table months_table(const std::vector<MonthLine>& months);

/// Months that were locked, or unlocked; or would be.
nlohmann::ordered_json locked_months_json(const std::vector<LockedMonth>& months, bool locked, bool dry_run);

}  // namespace apportion
