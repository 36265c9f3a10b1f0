/// Months closed and opened: one, many, or by themselves when they are due.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/writable_workspace.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"

namespace apportion {

/// Which months a lock is about: all that fit.
struct LockRequest {
  std::optional<std::string> connection;
  std::optional<Month> month;
  bool complete_only = false;
};

struct LockedMonth {
  std::string connection;
  Month month;
  std::string state_before;   ///< As `apportion months` names it.
  std::string reason_before;  ///< What the month lacked; empty when it was complete.
};

/// Published months that fit and are not `locked` yet (or still are, to unlock), by connection and month. Errors:
/// kNothingToLock when none fits; the named connection does not exist.
Result<std::vector<LockedMonth>> months_to_lock(const Workspace& workspace, const LockRequest& request, bool locked,
                                                Day today);

/// Locks or unlocks them, all or none.
Result<void> set_locked(WritableWorkspace& writable, const std::vector<LockedMonth>& months, bool locked);

/// Locks the complete months that ended so many days ago as `months.lock-after-days` says (0: none). Returns them.
Result<std::vector<LockedMonth>> lock_due_months(WritableWorkspace& writable, Day today);

}  // namespace apportion
