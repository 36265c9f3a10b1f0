/// Late changes: newer charges of a month that are kept beside those in force, and what people decide on them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/publish.h"
#include "application/writable_workspace.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "store/control_plane.h"

namespace apportion {

struct LateChange {
  std::string connection;
  HeldCharges held;
  std::optional<Carry> carry = {};  ///< The newest that counts of these charges, when they were carried.
};

/// Those that are open, or all with what was decided; by connection and month, newest first. Errors: kPartnerOnly;
/// kNoSuchConnection.
Result<std::vector<LateChange>> late_changes(const ControlPlane& control_plane, const ReadScope& scope, bool all);

/// The earliest later month that is open and has charges: what held charges change can be carried there. Empty when
/// there is none, or when their own month is not locked.
Result<std::optional<Month>> month_to_carry_to(const ControlPlane& control_plane, const HeldCharges& held);

/// A month of a connection, with the reason that every decision needs.
struct LateDecision {
  std::string connection;
  Month month;
  std::string reason;
};

/// What is in force stays. `dry_run`: says whether it could be left, and decides nothing. Errors: kNothingHeld;
/// kReasonMissing.
Result<void> leave_late_change(WritableWorkspace& writable, const LateDecision& decision, bool dry_run = false);

/// Puts the newest charges in force, whatever held them, also when they were left out before; a locked month is open
/// again afterwards. What was in force before stays readable. Errors: as above, and those of publishing.
Result<FlowReport> accept_late_change(WritableWorkspace& writable, const LateDecision& decision,
                                      const Review& review = {});

}  // namespace apportion
