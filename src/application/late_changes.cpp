#include "application/late_changes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

struct OpenChange {
  Connection connection;
  HeldCharges held;
};

// The newest charges of a month that wait for a decision; `left_too`: or were left out of force.
Result<OpenChange> open_change(const ControlPlane& control_plane, const LateDecision& decision, bool left_too) {
  if (trim(decision.reason).empty()) return reason_missing_error();
  APPORTION_ASSIGN(Connection connection, control_plane.connection_named(decision.connection));
  APPORTION_ASSIGN(const auto all, control_plane.held_charges(connection.id, decision.month));
  const auto open = std::ranges::find_if(all, [left_too](const HeldCharges& held) {
    return held.decision == HoldDecision::kOpen || (left_too && held.decision == HoldDecision::kLeft);
  });
  if (open != all.end()) return OpenChange{std::move(connection), *open};
  return Error{ErrorId::kNothingHeld, "there are no held charges to decide on",
               fmt::format("{} {}", connection.name, decision.month.to_string()),
               "no newer charges of that month are waiting for a decision",
               "see what is held now: " + step(Step::kListLateCharges)};
}

}  // namespace

Result<std::vector<LateChange>> late_changes(const ControlPlane& control_plane, const ReadScope& scope, bool all) {
  APPORTION_TRY(require_partner(scope, "the charges that are held"));
  std::optional<ConnectionId> only;
  if (scope.connection) {
    APPORTION_ASSIGN(const Connection connection, control_plane.connection_named(*scope.connection));
    only = connection.id;
  }
  APPORTION_ASSIGN(auto held, control_plane.held_charges(only, scope.month));
  APPORTION_ASSIGN(const auto carries, control_plane.carries(only));
  std::vector<LateChange> changes;
  for (HeldCharges& one : held) {
    if (!all && one.decision != HoldDecision::kOpen) continue;
    APPORTION_ASSIGN(const Connection connection, control_plane.connection(one.connection));
    LateChange& change = changes.emplace_back(LateChange{connection.name, std::move(one)});
    for (const Carry& carry : carries) {
      if (carry.counts() && carry.charge_set == change.held.charge_set) change.carry = carry;
    }
  }
  return changes;
}

Result<std::optional<Month>> month_to_carry_to(const ControlPlane& control_plane, const HeldCharges& held) {
  APPORTION_ASSIGN(const auto months, control_plane.bill_months());
  std::optional<Month> found;
  bool is_locked = false;
  for (const BillMonth& month : months) {
    if (month.connection != held.connection) continue;
    is_locked = is_locked || (month.month == held.month && month.locked);
    if (!found && month.month > held.month && !month.locked && month.charge_set) found = month.month;
  }
  return is_locked ? found : std::nullopt;
}

Result<void> leave_late_change(WritableWorkspace& writable, const LateDecision& decision, bool dry_run) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const OpenChange change, open_change(control_plane, decision, false));
  if (dry_run) return ok();
  return control_plane.decide_held(change.held.charge_set, HoldDecision::kLeft, decision.reason);
}

Result<FlowReport> accept_late_change(WritableWorkspace& writable, const LateDecision& decision, const Review& review) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const OpenChange change, open_change(control_plane, decision, true));
  const Edit edit = [&](ControlPlane& edited) -> Result<void> {
    APPORTION_TRY(edited.decide_held(change.held.charge_set, HoldDecision::kAccepted, decision.reason));
    return edited.set_locked(change.connection.id, decision.month, false);
  };
  PublishOptions options;
  options.accept_rejects = true;
  options.accept_shrunk = true;
  options.reopen = true;
  FlowReport report;
  APPORTION_TRY(
      publish_months(writable, {{change.connection, decision.month, true}}, options, true, report, edit, review));
  return report;
}

}  // namespace apportion
