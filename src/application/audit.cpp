#include "application/audit.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "application/partner_only.h"

namespace apportion {
namespace {

Result<bool> holds_head(const ControlPlane& control_plane, const std::string& head) {
  if (head.empty()) return true;
  APPORTION_ASSIGN(const auto entries, control_plane.audit_log(kAuditEntriesMax));
  return std::ranges::find(entries, head, &AuditEntry::hash) != entries.end();
}

}  // namespace

Result<std::vector<AuditEntry>> last_audit_entries(const Caller& caller, const Workspace& workspace,
                                                   std::int64_t entries_max) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(auto entries, workspace.control_plane.audit_log(entries_max));
  std::ranges::reverse(entries);
  return entries;
}

Result<void> AuditVerdict::check() const {
  if (found.broken_at) {
    return Error{ErrorId::kAuditLogBroken, "the audit log has been altered", fmt::format("entry {}", *found.broken_at),
                 "its hash does not match its content and the entry before it, or entries are missing",
                 "compare it with a backup: either someone edited the database by hand, or the disk is faulty"};
  }
  if (has_head) return ok();
  return Error{ErrorId::kAuditHeadMissing, "the audit log does not contain the given entry", wanted_head,
               "the log was rewritten, or it belongs to another home",
               "compare it with a backup from the time that hash was printed"};
}

Result<AuditVerdict> verify_audit(const Caller& caller, const Workspace& workspace, const std::string& head) {
  APPORTION_TRY(check_partner(caller));
  AuditVerdict verdict;
  APPORTION_ASSIGN(verdict.found, workspace.control_plane.verify_audit_log());
  verdict.wanted_head = head;
  APPORTION_ASSIGN(verdict.has_head, holds_head(workspace.control_plane, head));
  return verdict;
}

}  // namespace apportion
