// The part of the control plane that knows charges which are not in force.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "store/control_plane_internal.h"

namespace apportion {
namespace {

constexpr auto kCauses = std::to_array<std::pair<HoldCause, std::string_view>>(
    {{HoldCause::kLocked, "locked"}, {HoldCause::kRejects, "rejects"}, {HoldCause::kShrunk, "shrunk"}});

constexpr auto kDecisions =
    std::to_array<std::pair<HoldDecision, std::string_view>>({{HoldDecision::kOpen, "open"},
                                                              {HoldDecision::kLeft, "left"},
                                                              {HoldDecision::kAccepted, "accepted"},
                                                              {HoldDecision::kCarried, "carried"},
                                                              {HoldDecision::kSuperseded, "superseded"}});

template <class Names>
auto value_of(const Names& names, std::string_view name) {
  const auto found = std::ranges::find(names, name, [](const auto& entry) { return entry.second; });
  return found == names.end() ? names.front().first : found->first;
}

template <class Names, class Value>
std::string_view name_of(const Names& names, Value value) {
  return std::ranges::find(names, value, [](const auto& entry) { return entry.first; })->second;
}

HeldCharges read_held(RowReader& row) {
  HeldCharges held;
  held.connection = ConnectionId(row.integer());
  held.month = row.month();
  held.charge_set = ChargeSetId(row.integer());
  held.split = SplitId(row.integer());
  held.hold.cause = value_of(kCauses, row.text());
  held.hold.detail = row.text();
  held.held_at = row.text();
  held.decision = value_of(kDecisions, row.text());
  held.decided_at = row.text();
  held.decided_by = row.text();
  held.reason = row.text();
  return held;
}

}  // namespace

std::string_view hold_cause_name(HoldCause cause) { return name_of(kCauses, cause); }
std::string_view hold_decision_name(HoldDecision decision) { return name_of(kDecisions, decision); }

Result<void> insert_held(SqliteDatabase& sqlite, const ChargeSet& charge_set, const Split& split, const Hold& hold,
                         const std::string& now) {
  return sqlite.run(
      "INSERT INTO held_charges (charge_set_id, split_id, cause, detail, held_at, decision, decided_at, decided_by,"
      " reason) VALUES (?, ?, ?, ?, ?, 'open', '', '', '')",
      {charge_set.id.raw(), split.id.raw(), hold_cause_name(hold.cause), hold.detail, now});
}

Result<void> supersede_held(SqliteDatabase& sqlite, ConnectionId connection, Month month, const std::string& now,
                            std::optional<ChargeSetId> but) {
  return sqlite.run(
      "UPDATE held_charges SET decision = 'superseded', decided_at = ? WHERE decision = 'open' AND charge_set_id IN"
      " (SELECT id FROM charge_set WHERE connection_id = ? AND month = ?) AND charge_set_id IS NOT ?",
      {now, connection.raw(), month.to_string(), but ? std::optional(but->raw()) : std::nullopt});
}

Result<std::vector<HeldCharges>> ControlPlane::held_charges(std::optional<ConnectionId> connection,
                                                            std::optional<Month> month) const {
  const auto of_connection = connection ? std::optional(connection->raw()) : std::nullopt;
  const auto of_month = month ? std::optional(month->to_string()) : std::nullopt;
  return read_all(database_->sqlite,
                  "SELECT connection_id, month, charge_set_id, split_id, cause, detail, held_at, decision, decided_at,"
                  " decided_by, reason FROM held_charges JOIN charge_set ON charge_set.id = charge_set_id"
                  " WHERE (?1 IS NULL OR connection_id = ?1) AND (?2 IS NULL OR month = ?2)"
                  " ORDER BY connection_id, month, charge_set_id DESC",
                  {of_connection, of_month}, read_held);
}

Result<void> ControlPlane::decide_held(ChargeSetId charge_set, HoldDecision decision, const std::string& reason) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(
      sqlite.run("UPDATE held_charges SET decision = ?, decided_at = ?, decided_by = ?, reason = ?"
                 " WHERE charge_set_id = ? AND decision IN ('open', 'left')",
                 {hold_decision_name(decision), database_->clock.now(), database_->actor, reason, charge_set.raw()}));
  if (sqlite.changed_rows() == 0) {
    return Error{ErrorId::kNothingHeld, "no held charges await a decision here",
                 fmt::format("charge set {}", charge_set.raw()),
                 "they were decided on, or newer charges took their place",
                 "see what is held now: " + step(Step::kListLateCharges)};
  }
  APPORTION_TRY(database_->note(
      "month.late", fmt::format("charge set {}: {}, {}", charge_set.raw(), hold_decision_name(decision), reason)));
  return transaction.commit();
}

}  // namespace apportion
