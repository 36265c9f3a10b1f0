/// The audit log: read, exported, and verified against what was kept of it elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/audit_anchor.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

/// More than any log holds.
inline constexpr std::int64_t kAuditEntriesMax = 1'000'000'000;

/// Who did what for a customer, as the customer's people read it.
inline constexpr std::string_view kPartnerActor = "partner";

/// The newest entries before entry `before` (0: of all), newest first. A customer gets what concerns it, with numbers
/// of its own: all of the partner's people are `partner` to it, it does not learn their addresses, and entries have no
/// hash, which covers what the customer must not know. Errors: kPartnerOnly for whoever is neither.
Result<std::vector<AuditEntry>> audit_entries(const Caller& caller, const Workspace& workspace,
                                              std::int64_t entries_max, std::int64_t before = 0);

/// Passes the entries of these days to `visit`, oldest first. Errors: kPartnerOnly; that of `visit`.
Result<void> export_audit(const Caller& caller, const Workspace& workspace, std::optional<Day> from,
                          std::optional<Day> to, const std::function<Result<void>(const AuditEntry&)>& visit);

/// What somebody kept of the log.
struct AuditWitness {
  std::string head = {};  ///< A hash that was printed earlier; empty: none.
  std::vector<AuditAnchor> anchors = {};
};

struct AuditVerdict {
  AuditVerification found;
  std::optional<std::string> missing;  ///< The first that was kept and is not in the log: `HASH`, or `entry 17, HASH`.

  bool holds() const { return found.holds() && !missing; }
  /// kAuditLogBroken, kAuditHeadMissing.
  Result<void> check() const;
};

/// Errors: kPartnerOnly for everybody but the partner.
Result<AuditVerdict> verify_audit(const Caller& caller, const Workspace& workspace, const AuditWitness& witness);

}  // namespace apportion
