#include "application/audit.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "application/partner_only.h"

namespace apportion {
namespace {

AuditEntry as_customer_sees(AuditEntry entry) {
  entry.hash.clear();
  if (entry.by_customer) return entry;
  entry.actor = kPartnerActor;
  entry.address.reset();
  return entry;
}

Result<bool> holds_head(const ControlPlane& control_plane, const std::string& head) {
  if (head.empty()) return true;
  bool found = false;
  APPORTION_TRY(control_plane.read_audit_log(std::nullopt, std::nullopt, [&](const AuditEntry& entry) {
    found = found || entry.hash == head;
    return ok();
  }));
  return found;
}

Result<std::optional<std::string>> first_missing(const ControlPlane& control_plane, const AuditWitness& witness) {
  APPORTION_ASSIGN(const bool has_head, holds_head(control_plane, witness.head));
  if (!has_head) return std::optional(witness.head);
  for (const AuditAnchor& anchor : witness.anchors) {
    APPORTION_ASSIGN(const bool is_there, holds_anchor(control_plane, anchor));
    if (!is_there) return std::optional(fmt::format("entry {}, {}", anchor.number, anchor.hash));
  }
  return std::optional<std::string>();
}

}  // namespace

Result<std::vector<AuditEntry>> audit_entries(const Caller& caller, const Workspace& workspace,
                                              std::int64_t entries_max, std::int64_t before) {
  const bool is_of_customer = caller.customers && caller.customers->size() == 1;
  if (!is_of_customer) {
    APPORTION_TRY(check_partner(caller));
    return workspace.control_plane.audit_log(entries_max, before);
  }
  APPORTION_ASSIGN(auto entries, workspace.control_plane.audit_log_of(*caller.customers->begin(), entries_max, before));
  for (AuditEntry& entry : entries) entry = as_customer_sees(std::move(entry));
  return entries;
}

Result<void> export_audit(const Caller& caller, const Workspace& workspace, std::optional<Day> from,
                          std::optional<Day> to, const std::function<Result<void>(const AuditEntry&)>& visit) {
  APPORTION_TRY(check_partner(caller));
  return workspace.control_plane.read_audit_log(from, to, [&](const AuditEntry& entry) -> Result<void> {
    if (workspace.cancel.requested()) return cancelled_error("");
    return visit(entry);
  });
}

Result<void> AuditVerdict::check() const {
  if (found.broken_at) {
    return Error{ErrorId::kAuditLogBroken, "the audit log has been altered", fmt::format("entry {}", *found.broken_at),
                 "its hash does not match its content and the entry before it, or entries are missing",
                 "compare it with a backup: either someone edited the database by hand, or the disk is faulty"};
  }
  if (!missing) return ok();
  return Error{ErrorId::kAuditHeadMissing, "the audit log does not contain an entry that was kept", *missing,
               "the log was rewritten, or it belongs to another home",
               "compare it with a backup from the time when that entry was kept"};
}

Result<AuditVerdict> verify_audit(const Caller& caller, const Workspace& workspace, const AuditWitness& witness) {
  APPORTION_TRY(check_partner(caller));
  AuditVerdict verdict;
  APPORTION_ASSIGN(verdict.found, workspace.control_plane.verify_audit_log());
  APPORTION_ASSIGN(verdict.missing, first_missing(workspace.control_plane, witness));
  return verdict;
}

}  // namespace apportion
