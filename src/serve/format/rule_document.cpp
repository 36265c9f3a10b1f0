#include "serve/format/rule_document.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "serve/format/change_document.h"
#include "serve/format/table_json.h"

namespace apportion {

nlohmann::ordered_json finding_json(const RuleFinding& finding) {
  nlohmann::ordered_json row{{"severity", severity_name(finding.severity)}, {"what", finding.what}};
  if (!finding.where.empty()) row["where"] = finding.where;
  if (!finding.list.empty()) row["list"] = finding.list;
  if (!finding.rule.empty()) row["rule"] = finding.rule;
  if (!finding.next.empty()) row["next"] = finding.next;
  return row;
}

nlohmann::ordered_json findings_json(const std::vector<RuleFinding>& findings) {
  auto list = nlohmann::ordered_json::array();
  for (const RuleFinding& finding : findings) list.push_back(finding_json(finding));
  return list;
}

nlohmann::ordered_json rule_check_json(const std::string& name, const std::vector<RuleFinding>& findings) {
  return {{"file", name},
          {"ok", !has_errors(findings)},
          {"errors", count_findings(findings, FindingSeverity::kError)},
          {"warnings", count_findings(findings, FindingSeverity::kWarning)},
          {"findings", findings_json(findings)}};
}

nlohmann::ordered_json rule_preview_json(Month month, const DocumentPreview& preview,
                                         const std::vector<RuleFinding>& warnings) {
  return {{"month", month.to_string()},
          {"rows", rows_json(change_rows(preview.changes))},
          {"unassigned_tenants", unassigned_tenants_json(preview.changes)},
          {"warnings", findings_json(warnings)}};
}

std::int64_t count_findings(const std::vector<RuleFinding>& findings, FindingSeverity severity) {
  return std::count_if(findings.begin(), findings.end(),
                       [severity](const RuleFinding& finding) { return finding.severity == severity; });
}

}  // namespace apportion
