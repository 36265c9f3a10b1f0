#include "serve/format/audit_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

namespace {

nlohmann::ordered_json said_by(const AuditEntry& entry) {
  return {{"number", entry.number},
          {"at", entry.at},
          {"actor", entry.actor},
          {"what", entry.what},
          {"detail", entry.detail}};
}

}  // namespace

nlohmann::ordered_json audit_entry_json(const AuditEntry& entry) {
  nlohmann::ordered_json json = said_by(entry);
  if (entry.address) {
    json["address"] = *entry.address;
    json["customer"] = entry.customer;
    json["by_customer"] = entry.by_customer;
  }
  json["previous_hash"] = entry.previous_hash;
  json["hash"] = entry.hash;
  return json;
}

nlohmann::ordered_json audit_entry_json_for_customer(const AuditEntry& entry) {
  nlohmann::ordered_json json = said_by(entry);
  if (entry.address) json["address"] = *entry.address;
  return json;
}

std::string audit_line(const AuditEntry& entry) {
  return audit_entry_json(entry).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
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
  if (verdict.missing) json["missing"] = *verdict.missing;
  return json;
}

}  // namespace apportion
