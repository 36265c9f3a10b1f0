#include "serve/cli/export_view.h"

#include <utility>

#include <fmt/format.h>

namespace apportion {
namespace {

std::string differences_text(const PlannedExport& planned) {
  std::vector<std::string> parts;
  for (const PropertyDifference& difference : planned.differences) {
    parts.push_back(fmt::format("{} is {}, should be {}", difference.property,
                                difference.is.empty() ? "not set" : difference.is, difference.should_be));
  }
  parts.insert(parts.end(), planned.remarks.begin(), planned.remarks.end());
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

Table plan_table(const ExportPlan& plan) {
  Table table;
  table.columns = {{"Export"}, {"Dataset"}, {"Finding"}, {"NextRun"}, {"Scope"}, {"Details"}};
  for (const PlannedExport& planned : plan.exports) {
    table.rows.push_back({planned.name, planned.dataset, std::string(finding_name(planned.finding)), planned.next_run,
                          planned.scope.description(), differences_text(planned)});
  }
  if (plan.in_order()) table.notices.emplace_back("all exports match the plan");
  return table;
}

Json plan_json(const ExportPlan& plan) {
  Json list = Json::array();
  for (const PlannedExport& planned : plan.exports) {
    Json differences = Json::array();
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

Table apply_table(const ApplyReport& report) {
  Table table;
  table.columns = {{"Export"}, {"Dataset"}, {"Done"}, {"NextRun"}, {"Location"}};
  for (const AppliedExport& applied : report.exports) {
    table.rows.push_back({applied.name, applied.dataset, std::string(apply_action_name(applied.action)),
                          applied.next_run, applied.location});
  }
  return table;
}

Json apply_json(const ApplyReport& report) {
  Json list = Json::array();
  for (const AppliedExport& applied : report.exports) {
    Json row = {{"export", applied.name},          {"dataset", applied.dataset},
                {"scope", applied.scope.arm_id()}, {"action", apply_action_name(applied.action)},
                {"location", applied.location},    {"next_run", applied.next_run}};
    if (!applied.identity_principal.empty()) row["identity_principal"] = applied.identity_principal;
    if (applied.error) row["error"] = error_json(*applied.error);
    list.push_back(std::move(row));
  }
  return {{"all_done", report.all_done()}, {"exports", std::move(list)}, {"notes", report.notes}};
}

Table exports_table(const std::vector<ExportDefinition>& exports) {
  Table table;
  table.columns = {{"Export"},  {"Dataset"},   {"Timeframe"}, {"Schedule"}, {"Format"},
                   {"Storage"}, {"Container"}, {"Folder"},    {"NextRun"}};
  for (const ExportDefinition& known : exports) {
    table.rows.push_back({known.name, known.dataset, known.timeframe,
                          fmt::format("{} {}", known.schedule.status, known.schedule.recurrence),
                          fmt::format("{} {}", known.format, known.compression), known.destination.account_name(),
                          known.destination.container, known.destination.root_folder, known.next_run});
  }
  if (exports.empty()) table.notices.emplace_back("the scope has no exports");
  return table;
}

Json exports_json(const std::vector<ExportDefinition>& exports) {
  Json list = Json::array();
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

Table runs_table(const std::vector<ExportRun>& runs) {
  Table table;
  table.columns = {{"Submitted"}, {"Status"}, {"Kind"}, {"From"}, {"To"}, {"Ended"}, {"Run"}, {"Why"}};
  for (const ExportRun& run : runs) {
    table.rows.push_back({run.submitted_time, run.status, run.execution_type, run.start_date, run.end_date,
                          run.processing_end, run.id, run.explanation()});
  }
  return table;
}

Json run_json(const ExportRun& run) {
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

Table steps_table(const std::vector<BackfillStep>& steps) {
  Table table;
  table.columns = {{"Export"}, {"Month"}, {"State"}, {"Submitted"}, {"Note"}};
  for (const BackfillStep& step : steps) {
    table.rows.push_back({step.export_name, step.month.to_string(), std::string(step_state_name(step.state)),
                          step.submitted_at, step.note});
  }
  return table;
}

Json steps_json(const std::vector<BackfillStep>& steps) {
  Json list = Json::array();
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
