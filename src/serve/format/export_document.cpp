#include "serve/format/export_document.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "serve/format/error_document.h"

namespace apportion {

nlohmann::ordered_json export_plan_json(const ExportPlan& plan) {
  auto list = nlohmann::ordered_json::array();
  for (const PlannedExport& planned : plan.exports) {
    auto differences = nlohmann::ordered_json::array();
    for (const PropertyDifference& difference : planned.differences) {
      differences.push_back(
          {{"property", difference.property}, {"is", difference.is}, {"should_be", difference.should_be}});
    }
    list.push_back({{"export", planned.name},
                    {"dataset", planned.dataset},
                    {"scope", planned.scope.arm_id()},
                    {"finding", finding_name(planned.finding)},
                    {"differences", std::move(differences)},
                    {"remarks", planned.remarks},
                    {"next_run", planned.next_run},
                    {"location", planned.location}});
  }
  return {{"in_order", plan.in_order()}, {"exports", std::move(list)}};
}

nlohmann::ordered_json applied_exports_json(const ApplyReport& report) {
  auto list = nlohmann::ordered_json::array();
  for (const AppliedExport& applied : report.exports) {
    nlohmann::ordered_json row{{"export", applied.name},          {"dataset", applied.dataset},
                               {"scope", applied.scope.arm_id()}, {"action", apply_action_name(applied.action)},
                               {"location", applied.location},    {"next_run", applied.next_run}};
    if (!applied.identity_principal.empty()) row["identity_principal"] = applied.identity_principal;
    if (applied.error) row["error"] = error_json(*applied.error);
    list.push_back(std::move(row));
  }
  return {{"all_done", report.all_done()}, {"exports", std::move(list)}, {"notes", report.notes}};
}

nlohmann::ordered_json exports_json(const std::vector<ExportDefinition>& exports) {
  auto list = nlohmann::ordered_json::array();
  for (const ExportDefinition& known : exports) {
    list.push_back({{"export", known.name},
                    {"id", known.id},
                    {"dataset", known.dataset},
                    {"timeframe", known.timeframe},
                    {"status", known.schedule.status},
                    {"recurrence", known.schedule.recurrence},
                    {"format", known.format},
                    {"compression", known.compression},
                    {"storage_account", known.destination.account_name()},
                    {"container", known.destination.container},
                    {"root_folder", known.destination.root_folder},
                    {"next_run", known.next_run}});
  }
  return {{"exports", std::move(list)}};
}

nlohmann::ordered_json export_run_json(const ExportRun& run) {
  return {{"run", run.id},
          {"status", run.status},
          {"state", run_state_name(run.state)},
          {"kind", run.execution_type},
          {"submitted_by", run.submitted_by},
          {"submitted_time", run.submitted_time},
          {"processing_end", run.processing_end},
          {"from", run.start_date},
          {"to", run.end_date},
          {"manifest", run.manifest_file},
          {"explanation", run.explanation()}};
}

nlohmann::ordered_json export_runs_json(const RunsOfExport& known) {
  auto list = nlohmann::ordered_json::array();
  for (const ExportRun& run : known.runs) list.push_back(export_run_json(run));
  return {{"export", known.export_name}, {"runs", std::move(list)}};
}

nlohmann::ordered_json backfill_json(const std::vector<BackfillStep>& steps) {
  auto list = nlohmann::ordered_json::array();
  for (const BackfillStep& step : steps) {
    list.push_back({{"export", step.export_name},
                    {"month", step.month.to_string()},
                    {"state", step_state_name(step.state)},
                    {"submitted_at", step.submitted_at},
                    {"run", step.run_id},
                    {"note", step.note}});
  }
  return {{"steps", std::move(list)}};
}

}  // namespace apportion
