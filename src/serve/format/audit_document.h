/// Shows the audit log as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/audit.h"

namespace apportion {

nlohmann::ordered_json audit_entry_json(const AuditEntry& entry);
/// `{"entries": …}`
nlohmann::ordered_json audit_entries_json(const std::vector<AuditEntry>& entries);
/// Whether the log holds; `broken_at` is the first entry that does not.
nlohmann::ordered_json audit_verdict_json(const AuditVerdict& verdict);

}  // namespace apportion
