#include "serve/cli/export_view.h"

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

Table apply_table(const ApplyReport& report) {
  Table table;
  table.columns = {{"Export"}, {"Dataset"}, {"Done"}, {"NextRun"}, {"Location"}};
  for (const AppliedExport& applied : report.exports) {
    table.rows.push_back({applied.name, applied.dataset, std::string(apply_action_name(applied.action)),
                          applied.next_run, applied.location});
  }
  return table;
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

Table runs_table(const std::vector<ExportRun>& runs) {
  Table table;
  table.columns = {{"Submitted"}, {"Status"}, {"Kind"}, {"From"}, {"To"}, {"Ended"}, {"Run"}, {"Why"}};
  for (const ExportRun& run : runs) {
    table.rows.push_back({run.submitted_time, run.status, run.execution_type, run.start_date, run.end_date,
                          run.processing_end, run.id, run.explanation()});
  }
  return table;
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

}  // namespace apportion
