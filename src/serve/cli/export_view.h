/// How exports, their differences, runs and earlier months are shown: as tables and as JSON. Internal to `cli`.
#pragma once

#include <vector>

#include "application/exports.h"
#include "query/table.h"
#include "serve/cli/console.h"
#include "serve/cli/session.h"

namespace apportion {

Table plan_table(const ExportPlan& plan);
Json plan_json(const ExportPlan& plan);

Table apply_table(const ApplyReport& report);
Json apply_json(const ApplyReport& report);

Table exports_table(const std::vector<ExportDefinition>& exports);
Json exports_json(const std::vector<ExportDefinition>& exports);

Table runs_table(const std::vector<ExportRun>& runs);
Json run_json(const ExportRun& run);

Table steps_table(const std::vector<BackfillStep>& steps);
Json steps_json(const std::vector<BackfillStep>& steps);

}  // namespace apportion
