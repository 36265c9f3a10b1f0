/// Shows the audit log as JSON documents for programs.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/audit.h"

namespace apportion {

/// Without `address`, `customer` and `by_customer` where the entry does not record them: its hash does not cover them.
nlohmann::ordered_json audit_entry_json(const AuditEntry& entry);
/// An entry as `audit_entries` gives it to a customer: `address` of the customer's own people only, no hashes.
nlohmann::ordered_json audit_entry_json_for_customer(const AuditEntry& entry);
/// The first of these documents as a line of JSON Lines, with its line break.
std::string audit_line(const AuditEntry& entry);
/// `{"entries": …}`
nlohmann::ordered_json audit_entries_json(const std::vector<AuditEntry>& entries);
/// Whether the log holds; `broken_at` is the first entry that does not, `missing` the first that was kept elsewhere and
/// is not in the log.
nlohmann::ordered_json audit_verdict_json(const AuditVerdict& verdict);

}  // namespace apportion
