#include "application/late_changes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

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
  return Error{ErrorId::kNothingHeld, "nothing is held that could be decided",
               fmt::format("{} {}", connection.name, decision.month.to_string()),
               "no newer charges of that month wait for a decision", "`apportion months late` shows what is held now"};
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
  std::vector<LateChange> changes;
  for (HeldCharges& one : held) {
    if (!all && one.decision != HoldDecision::kOpen) continue;
    APPORTION_ASSIGN(const Connection connection, control_plane.connection(one.connection));
    changes.push_back({connection.name, std::move(one)});
  }
  return changes;
}

Result<void> leave_late_change(WritableWorkspace& writable, const LateDecision& decision) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const OpenChange change, open_change(control_plane, decision, false));
  return control_plane.decide_held(change.held.charge_set, HoldDecision::kLeft, decision.reason);
}

Result<FlowReport> accept_late_change(WritableWorkspace& writable, const LateDecision& decision) {
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
  APPORTION_TRY(publish_months(writable, {{change.connection, decision.month, true}}, options, true, report, edit));
  return report;
}

}  // namespace apportion
