/// Carried changes: what newer runs change of a locked month, counted in a later month that is open.
///
/// Rows of their own (`carried_changes` of lake/relations.h), one a line that changed, with the differences as amounts.
/// The charges of both months stay as they are (docs/adr/0025-carried-changes.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "application/publish.h"
#include "application/writable_workspace.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "query/amount_changes.h"
#include "store/control_plane.h"

namespace apportion {

/// Which month is meant: where a part is not named, the only one that fits.
struct CarryRequest {
  std::optional<std::string> connection;
  std::optional<Month> month;
  std::string reason;
};

struct CarriedChange {
  std::string connection;
  Carry carry;                 ///< Without a number, file or totals when nothing was changed.
  std::int64_t rows = 0;       ///< That are carried.
  AmountChanges changes = {};  ///< Of the later month; including, for each customer, what was carried before.
  bool left_alone = false;     ///< The review said no: nothing was changed.
};

/// Carries what the newest newer charges of the month change beyond what was carried of it before; also when they were
/// left out before. Amounts are new less old, line by line; one that is unknown on a side is unknown. The review, if
/// any, is asked before anything is written. All or nothing: a crash leaves at most a file that nobody names. Errors:
/// kReasonMissing; kNothingHeld, also when they change nothing; kCarryNotPossible when the month is not locked, when
/// the other one is not later, has no charges or none in a currency that is to be carried, or when a customer of the
/// changes was removed; kMonthLocked when the other one is.
Result<CarriedChange> carry_late_change(WritableWorkspace& writable, const CarryRequest& request, Month to,
                                        const Review& review = {});

/// The newest carry of the month counts no more, and its changes wait for a decision again. Errors: kReasonMissing;
/// kNothingCarried; kMonthLocked when the month that counts them is.
Result<CarriedChange> undo_carry(WritableWorkspace& writable, const CarryRequest& request, const Review& review = {});

}  // namespace apportion
