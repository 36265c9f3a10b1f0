/// Shows exports, what they should be, their runs and earlier months, as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/exports.h"

namespace apportion {

nlohmann::ordered_json export_plan_json(const ExportPlan& plan);
nlohmann::ordered_json applied_exports_json(const ApplyReport& report);
/// `{"exports": …}`
nlohmann::ordered_json exports_json(const std::vector<ExportDefinition>& exports);

nlohmann::ordered_json export_run_json(const ExportRun& run);
/// The export, and its `runs`.
nlohmann::ordered_json export_runs_json(const RunsOfExport& known);

/// `{"steps": …}`: the months of a backfill.
nlohmann::ordered_json backfill_json(const std::vector<BackfillStep>& steps);

}  // namespace apportion
