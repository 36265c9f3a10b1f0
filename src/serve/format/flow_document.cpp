#include "serve/format/flow_document.h"

#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "foundation/base/text.h"
#include "foundation/model/dataset.h"
#include "serve/format/change_document.h"
#include "serve/format/error_document.h"

namespace apportion {
namespace {

// List and contracted costs are left to reports, which know for which rows they are unknown.
void add_costs(nlohmann::ordered_json& json, const CostSums& costs, const PublishedOutcome& outcome) {
  json["BilledCost"] = costs[0].to_string();
  if (outcome.knows_effective_cost) json["EffectiveCost"] = costs[1].to_string();
}

nlohmann::ordered_json run_json(const ImportedRun& run) {
  const Import& import = run.import;
  auto rejects = nlohmann::ordered_json::array();
  for (const Reject& reject : run.first_rejects) {
    rejects.push_back({{"file", reject.file},
                       {"line", reject.line},
                       {"column", reject.column},
                       {"value", reject.value},
                       {"reason", reject.reason}});
  }
  return {
      {"import", import.id.raw()},
      {"dataset", dataset_name(import.dataset)},
      {"month", import.month.to_string()},
      {"run_id", import.run_id},
      {"source", import.source},
      {"layout", import.layout},
      {"verified", import.verified},
      {"rows", {{"source", import.rows_source}, {"stored", import.rows_stored}, {"rejected", import.rows_rejected}}},
      {"first_rejects", std::move(rejects)},
      {"notes", note_lines(import.notes)}};
}

nlohmann::ordered_json imported_json(const FlowReport::Imported& imported) {
  auto runs = nlohmann::ordered_json::array();
  for (const ImportedRun& run : imported.report.imported) runs.push_back(run_json(run));
  return {{"connection", imported.connection},
          {"runs", std::move(runs)},
          {"already_there", imported.report.already_there},
          {"skipped", imported.report.skipped.size()},
          {"notes", imported.report.notes}};
}

nlohmann::ordered_json published_json(const FlowReport::Published& published) {
  const PublishedOutcome& outcome = published.outcome;
  nlohmann::ordered_json json{{"connection", published.connection}, {"month", outcome.month.to_string()},
                              {"changed", outcome.changed},         {"split_now", outcome.split.has_value()},
                              {"timing_rows", outcome.timing_rows}, {"notes", outcome.notes}};
  if (outcome.not_split) json["not_split"] = error_json(*outcome.not_split);
  if (!outcome.split) return json;
  const SplitResult& split = *outcome.split;
  json["charges"] = split.charges;
  json["shared_charges"] = split.shared_charges;
  json["totals"] = nlohmann::ordered_json::array();
  for (const SplitTotal& total : split.totals) {
    nlohmann::ordered_json row{
        {"customer", total.customer.raw()}, {"currency", total.currency.code()}, {"rows", total.rows}};
    add_costs(row, total.costs, outcome);
    json["totals"].push_back(std::move(row));
  }
  json["unassigned_tenants"] = nlohmann::ordered_json::array();
  for (const UnassignedTenant& tenant : split.unassigned_tenants) {
    nlohmann::ordered_json row{{"tenant_id", tenant.tenant_id},
                               {"tenant_name", tenant.tenant_name},
                               {"currency", tenant.currency.code()},
                               {"rows", tenant.rows}};
    add_costs(row, tenant.costs, outcome);
    json["unassigned_tenants"].push_back(std::move(row));
  }
  json["split_notes"] = split.notes;
  return json;
}

}  // namespace

nlohmann::ordered_json flow_json(const FlowReport& report) {
  auto json = nlohmann::ordered_json::object();
  if (report.left_alone) json["dry_run"] = true;
  if (report.changes) add_changes(json, *report.changes);
  json.update({{"imports", nlohmann::ordered_json::array()},
               {"months", nlohmann::ordered_json::array()},
               {"problems", problems_json(report.problems)}});
  for (const FlowReport::Imported& imported : report.imports) json["imports"].push_back(imported_json(imported));
  for (const FlowReport::Published& published : report.months) json["months"].push_back(published_json(published));
  return json;
}

nlohmann::ordered_json problems_json(const std::vector<Problem>& problems) {
  auto list = nlohmann::ordered_json::array();
  for (const Problem& problem : problems) {
    nlohmann::ordered_json row{{"source", problem.source}};
    row.update(error_json(problem.error));
    list.push_back(std::move(row));
  }
  return list;
}

std::vector<std::string> note_lines(const std::string& notes) {
  std::vector<std::string> lines;
  for (const std::string_view line : split_text(notes, '\n')) {
    if (!trim(line).empty()) lines.emplace_back(line);
  }
  return lines;
}

}  // namespace apportion
