#include "serve/format/version_document.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "serve/format/change_document.h"
#include "serve/format/flow_document.h"
#include "serve/format/rule_document.h"

namespace apportion {
namespace {

nlohmann::ordered_json difference_json(const EntryDifference& difference) {
  nlohmann::ordered_json json{{"edit", entry_edit_name(difference.edit)},
                              {"list", difference.list},
                              {"section", difference.section},
                              {"name", difference.name}};
  if (difference.place_before > 0) json["place_before"] = difference.place_before;
  if (difference.place_after > 0) json["place_after"] = difference.place_after;
  if (!difference.before.empty()) json["before"] = difference.before;
  if (!difference.after.empty()) json["after"] = difference.after;
  return json;
}

}  // namespace

nlohmann::ordered_json version_json(const Document& document) {
  return {{"version", document.version.raw()}, {"applied_at", document.applied_at}, {"yaml", document.text}};
}

nlohmann::ordered_json versions_json(const std::vector<DocumentSummary>& versions) {
  auto list = nlohmann::ordered_json::array();
  for (const DocumentSummary& version : versions)
    list.push_back({{"version", version.version.raw()}, {"applied_at", version.applied_at}});
  return {{"versions", std::move(list)}};
}

nlohmann::ordered_json comparison_json(const DocumentComparison& compared) {
  auto list = nlohmann::ordered_json::array();
  for (const EntryDifference& difference : compared.differences) list.push_back(difference_json(difference));
  return {{"before", compared.before}, {"after", compared.after}, {"differences", std::move(list)}};
}

nlohmann::ordered_json applied_document_json(nlohmann::ordered_json asked, const AdmittedDocument& admitted,
                                             const DocumentOutcome& outcome, bool dry_run) {
  if (dry_run) asked["dry_run"] = true;
  asked["new_version"] = outcome.is_new;
  if (admitted.kind() == DocumentKind::kRules) asked["warnings"] = findings_json(admitted.warnings());
  const FlowReport& report = outcome.report;
  if (dry_run || report.left_alone) {
    if (report.changes) add_changes(asked, *report.changes);
    return asked;
  }
  nlohmann::ordered_json applied{{"version", outcome.version->raw()}};
  applied.update(asked);
  applied.update(flow_json(report));
  return applied;
}

}  // namespace apportion
