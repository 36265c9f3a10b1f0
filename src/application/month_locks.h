/// Months locked and unlocked: one, many, or automatically when they are due.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/writable_workspace.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"

namespace apportion {

/// Which months to lock: all that fit.
struct LockRequest {
  std::optional<std::string> connection;
  std::optional<Month> month;
  bool complete_only = false;
};

struct LockedMonth {
  std::string connection;
  Month month;
  std::string state_before;   ///< As MonthStatus names it.
  std::string reason_before;  ///< What the month lacked; empty when it was complete.
  bool is_invoiced = false;   ///< Locked because its invoices tie.
};

/// Published months that fit and are not `locked` yet (or still are, to unlock), by connection and month. Errors:
/// kNothingToLock when none fits; kNoSuchConnection.
Result<std::vector<LockedMonth>> months_to_lock(const Workspace& workspace, const LockRequest& request, bool locked,
                                                Day today);

/// Locks or unlocks them, all or none.
Result<void> set_locked(WritableWorkspace& writable, const std::vector<LockedMonth>& months, bool locked);

/// Locks the complete months that ended so many days ago as `months.lock-after-days` says (0: none), and if
/// `months.lock-invoiced` says so, those whose invoices tie (query/invoiced_months.h). Returns them.
Result<std::vector<LockedMonth>> lock_due_months(WritableWorkspace& writable, Day today);

}  // namespace apportion
