#include "serve/format/audit_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json audit_entry_json(const AuditEntry& entry) {
  return {{"number", entry.number}, {"at", entry.at},         {"actor", entry.actor},
          {"what", entry.what},     {"detail", entry.detail}, {"hash", entry.hash}};
}

nlohmann::ordered_json audit_entries_json(const std::vector<AuditEntry>& entries) {
  auto list = nlohmann::ordered_json::array();
  for (const AuditEntry& entry : entries) list.push_back(audit_entry_json(entry));
  return {{"entries", std::move(list)}};
}

nlohmann::ordered_json audit_verdict_json(const AuditVerdict& verdict) {
  const AuditVerification& found = verdict.found;
  nlohmann::ordered_json json{{"holds", verdict.holds()}, {"entries", found.entries}, {"head", found.head}};
  if (found.broken_at) json["broken_at"] = *found.broken_at;
  return json;
}

}  // namespace apportion
