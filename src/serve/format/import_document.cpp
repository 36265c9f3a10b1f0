#include "serve/format/import_document.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "foundation/model/dataset.h"
#include "serve/format/flow_document.h"

namespace apportion {

nlohmann::ordered_json import_json(const ListedImport& listed) {
  const Import& import = listed.import;
  nlohmann::ordered_json json{{"import", import.id.raw()},
                              {"connection", listed.connection},
                              {"month", import.month.to_string()},
                              {"dataset", dataset_name(import.dataset)},
                              {"state", import_state_name(listed)},
                              {"run_id", import.run_id},
                              {"submitted_at", import.submitted_at},
                              {"imported_at", import.imported_at},
                              {"covers_until", import.last_day.to_string()},
                              {"rows", import.rows_stored},
                              {"rejected", import.rows_rejected},
                              {"source", import.source}};
  if (!import.withdrawn.empty()) json["reason"] = import.withdrawn;
  return json;
}

nlohmann::ordered_json imports_json(const std::vector<ListedImport>& imports) {
  auto list = nlohmann::ordered_json::array();
  for (const ListedImport& listed : imports) list.push_back(import_json(listed));
  return {{"imports", std::move(list)}};
}

std::string import_state_name(const ListedImport& listed) {
  if (!listed.import.withdrawn.empty()) return "withdrawn";
  if (tells_of_commitments(listed.import.dataset)) return "beside charges";
  return listed.in_force ? "in force" : "not in force";
}

nlohmann::ordered_json import_plan_json(const ImportPlan& plan) {
  nlohmann::ordered_json json{{"would_import", nlohmann::ordered_json::array()},
                              {"already_there", plan.already_there},
                              {"problems", problems_json(plan.problems)}};
  for (const PlannedImport& import : plan.imports) {
    nlohmann::ordered_json row{{"connection", import.connection}, {"source", import.source}};
    if (import.dataset) row["dataset"] = dataset_name(*import.dataset);
    if (import.month) row["month"] = import.month->to_string();
    row["bytes"] = import.bytes;
    if (import.rows) row["rows"] = *import.rows;
    json["would_import"].push_back(std::move(row));
  }
  return json;
}

}  // namespace apportion
