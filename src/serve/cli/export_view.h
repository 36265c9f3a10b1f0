/// How exports, their differences, runs and earlier months are shown to people. Internal to `cli`.
#pragma once

#include <vector>

#include "application/exports.h"
#include "query/table.h"

namespace apportion {

Table plan_table(const ExportPlan& plan);
Table apply_table(const ApplyReport& report);
Table exports_table(const std::vector<ExportDefinition>& exports);
Table runs_table(const std::vector<ExportRun>& runs);
Table steps_table(const std::vector<BackfillStep>& steps);
}  // namespace apportion
