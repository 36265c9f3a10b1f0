/// The audit log, read and verified.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

/// More than any log holds.
inline constexpr std::int64_t kAuditEntriesMax = 1'000'000'000;

/// The last ones, the oldest of them first. Errors: kPartnerOnly for everybody but the partner.
Result<std::vector<AuditEntry>> last_audit_entries(const Caller& caller, const Workspace& workspace,
                                                   std::int64_t entries_max);

struct AuditVerdict {
  AuditVerification found;
  std::string wanted_head;  ///< Empty: none was wanted.
  bool has_head = true;     ///< Whether an entry with the hash that somebody kept is still in the log.

  bool holds() const { return found.holds() && has_head; }
  /// kAuditLogBroken, kAuditHeadMissing.
  Result<void> check() const;
};

/// `head`: a hash that was printed earlier and kept elsewhere; empty: none. Errors: as above.
Result<AuditVerdict> verify_audit(const Caller& caller, const Workspace& workspace, const std::string& head);

}  // namespace apportion
