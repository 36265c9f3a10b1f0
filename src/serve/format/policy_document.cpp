#include "serve/format/policy_document.h"

#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "serve/format/change_document.h"
#include "serve/format/error_document.h"
#include "serve/format/table_json.h"

namespace apportion {

nlohmann::ordered_json policy_check_json(const std::string& name, const std::vector<Error>& faults) {
  return {{"file", name}, {"ok", faults.empty()}, {"errors", errors_json(faults)}};
}

nlohmann::ordered_json policy_preview_json(Month month, const DocumentPreview& preview) {
  return {{"month", month.to_string()},
          {"rows", rows_json(with_names_of_moves(change_rows(preview.changes)))},
          {"notes", preview.notes}};
}

Table with_names_of_moves(Table table) {
  const std::map<std::string, std::string> names = {
      {"BilledCostOld", "BilledMovedOld"},          {"BilledCostNew", "BilledMovedNew"},
      {"BilledCostDifference", "BilledDifference"}, {"EffectiveCostOld", "EffectiveMovedOld"},
      {"EffectiveCostNew", "EffectiveMovedNew"},    {"EffectiveCostDifference", "EffectiveDifference"}};
  for (TableColumn& column : table.columns) {
    const auto found = names.find(column.name);
    if (found != names.end()) column.name = found->second;
  }
  return table;
}

}  // namespace apportion
