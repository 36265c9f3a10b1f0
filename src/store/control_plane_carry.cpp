// The part of the control plane that knows what of locked months was carried to later ones.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "store/control_plane_internal.h"

namespace apportion {
namespace {

constexpr const char* kCarries =
    "SELECT id, connection_id, from_month, to_month, charge_set_id, row_import_id, path, rows, bytes, content_hash,"
    " carried_at, carried_by, reason, undone_at, undone_by, undo_reason FROM carry"
    " WHERE ?1 IS NULL OR connection_id = ?1 ORDER BY id";

Carry read_carry(RowReader& row) {
  Carry carry;
  carry.id = CarryId(row.integer());
  carry.connection = ConnectionId(row.integer());
  carry.from = row.month();
  carry.to = row.month();
  carry.charge_set = ChargeSetId(row.integer());
  carry.row_import = ImportId(row.integer());
  carry.file = row.lake_file();
  carry.carried_at = row.text();
  carry.carried_by = row.text();
  carry.reason = row.text();
  carry.undone_at = row.text();
  carry.undone_by = row.text();
  carry.undo_reason = row.text();
  return carry;
}

Result<void> read_totals(SqliteDatabase& sqlite, Carry& carry) {
  APPORTION_ASSIGN(carry.totals,
                   read_all(sqlite,
                            "SELECT currency, charge_category, billed, effective FROM carry_total"
                            " WHERE carry_id = ? ORDER BY currency, charge_category",
                            {carry.id.raw()}, [](RowReader& row) {
                              return CarryTotal{row.currency(), row.text(), row.decimal(), row.optional_decimal()};
                            }));
  return ok();
}

Result<void> insert_totals(SqliteDatabase& sqlite, std::int64_t carry, const std::vector<CarryTotal>& totals) {
  constexpr const char* kInsert =
      "INSERT INTO carry_total (carry_id, currency, charge_category, billed, effective) VALUES (?, ?, ?, ?, ?)";
  APPORTION_ASSIGN(auto insert, SqliteStatement::prepare(sqlite, kInsert));
  for (const CarryTotal& total : totals) {
    const auto effective = total.effective ? std::optional(total.effective->to_string()) : std::nullopt;
    APPORTION_TRY(
        insert.run({carry, total.currency.code(), total.charge_category, total.billed.to_string(), effective}));
  }
  return ok();
}

std::string route_of(const Connection& connection, const Carry& carry) {
  return fmt::format("{} {} to {}", connection.name, carry.from.to_string(), carry.to.to_string());
}

std::string choose_open_month() {
  return "choose a later month that is open; see the months: " + step(Step::kListMonths);
}

}  // namespace

Result<void> ControlPlane::check_carry(const Carry& carry) const {
  APPORTION_ASSIGN(const Connection named, connection(carry.connection));
  const std::string where = route_of(named, carry);
  APPORTION_ASSIGN(const auto from, bill_month(carry.connection, carry.from));
  APPORTION_ASSIGN(const auto to, bill_month(carry.connection, carry.to));
  const auto refused = [&where](std::string why, std::string remedy) {
    return Error{ErrorId::kCarryNotPossible, "these changes cannot be carried", where, std::move(why),
                 std::move(remedy)};
  };
  if (carry.to <= carry.from) {
    return refused(fmt::format("{} is not later than {}", carry.to.to_string(), carry.from.to_string()),
                   choose_open_month());
  }
  if (!from || !from->locked) {
    return refused(fmt::format("{} is not locked", carry.from.to_string()),
                   "put the newer charges in force: " +
                       step(Step::kAcceptLateCharges, {{"connection", named.name}, {"month", carry.from.to_string()}}));
  }
  if (!to || !to->charge_set) {
    return refused(fmt::format("no charges of {} are published", carry.to.to_string()), choose_open_month());
  }
  if (!to->locked) return ok();
  return Error{ErrorId::kMonthLocked, "the bill month is locked", where,
               fmt::format("{} is locked, and a locked month never changes", carry.to.to_string()),
               choose_open_month()};
}

Result<CarryId> ControlPlane::add_carry(const Carry& carry) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const Connection connection, find_connection(sqlite, carry.connection));
  const std::string route = route_of(connection, carry);
  APPORTION_TRY(check_carry(carry));
  APPORTION_TRY(decide_held(carry.charge_set, HoldDecision::kCarried, carry.reason));
  APPORTION_TRY(sqlite.run(
      "INSERT INTO carry (connection_id, from_month, to_month, charge_set_id, row_import_id, path, rows, bytes,"
      " content_hash, carried_at, carried_by, reason, undone_at, undone_by, undo_reason)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '')",
      {carry.connection.raw(), carry.from.to_string(), carry.to.to_string(), carry.charge_set.raw(),
       carry.row_import.raw(), carry.file.path, carry.file.rows, carry.file.bytes, carry.file.content_hash,
       database_->clock.now(), database_->actor, carry.reason}));
  APPORTION_ASSIGN(const auto id, sqlite.query_integer("SELECT last_insert_rowid()"));
  APPORTION_TRY(insert_totals(sqlite, *id, carry.totals));
  APPORTION_TRY(database_->note("month.carry", fmt::format("{}: carry {}, charge set {}, {} rows: {}", route, *id,
                                                           carry.charge_set.raw(), carry.file.rows, carry.reason)));
  APPORTION_TRY(transaction.commit());
  return CarryId(*id);
}

Result<Carry> ControlPlane::undo_carry(ConnectionId connection_id, Month from, const std::string& reason) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const Connection connection, find_connection(sqlite, connection_id));
  APPORTION_ASSIGN(const auto all, carries(connection_id));
  const auto newest = std::ranges::find_if(all.rbegin(), all.rend(),
                                           [from](const Carry& carry) { return carry.from == from && carry.counts(); });
  if (newest == all.rend()) {
    return Error{ErrorId::kNothingCarried, "no changes of this month are carried",
                 fmt::format("{} {}", connection.name, from.to_string()), "no later month counts changes to it",
                 "see what was decided: " + step(Step::kListDecidedLateCharges)};
  }
  const std::string route = route_of(connection, *newest);
  APPORTION_ASSIGN(const auto to, bill_month(connection_id, newest->to));
  if (to && to->locked) {
    return Error{
        ErrorId::kMonthLocked, "the bill month is locked", route,
        fmt::format("{} counts what was carried and is locked; a locked month never changes", newest->to.to_string()),
        fmt::format("carry the opposite change when newer runs bring it, or unlock the month first: {}",
                    step(Step::kUnlockMonth, {{"connection", connection.name}, {"month", newest->to.to_string()}}))};
  }
  APPORTION_TRY(sqlite.run("UPDATE carry SET undone_at = ?, undone_by = ?, undo_reason = ? WHERE id = ?",
                           {database_->clock.now(), database_->actor, reason, newest->id.raw()}));
  APPORTION_TRY(sqlite.run(
      "UPDATE held_charges SET decision = CASE WHEN EXISTS ("
      "   SELECT 1 FROM held_charges newer JOIN charge_set ON charge_set.id = newer.charge_set_id"
      "   WHERE connection_id = ?2 AND month = ?3 AND newer.charge_set_id > ?1) THEN 'superseded' ELSE 'open' END,"
      " decided_at = '', decided_by = '', reason = '' WHERE charge_set_id = ?1",
      {newest->charge_set.raw(), connection_id.raw(), from.to_string()}));
  APPORTION_TRY(
      database_->note("month.carry", fmt::format("{}: carry {} undone: {}", route, newest->id.raw(), reason)));
  APPORTION_TRY(transaction.commit());
  return *newest;
}

Result<std::vector<Carry>> ControlPlane::carries(std::optional<ConnectionId> connection) const {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
  const auto of_connection = connection ? std::optional(connection->raw()) : std::nullopt;
  APPORTION_ASSIGN(auto all, read_all(sqlite, kCarries, {of_connection}, read_carry));
  for (Carry& carry : all) APPORTION_TRY(read_totals(sqlite, carry));
  return all;
}

Result<void> refuse_carried(SqliteDatabase& sqlite, ConnectionId connection, Month month, const std::string& where) {
  APPORTION_ASSIGN(const auto targets,
                   read_all(sqlite,
                            "SELECT to_month FROM carry WHERE connection_id = ? AND from_month = ? AND undone_at = ''"
                            " ORDER BY id DESC",
                            {connection.raw(), month.to_string()}, [](RowReader& row) { return row.text(); }));
  if (targets.empty()) return ok();
  return Error{ErrorId::kMonthCarried, "changes of this month are carried to a later one", where,
               fmt::format("{} counts them; if this month were opened, it would count them again", targets.front()),
               "undo that first: " + step(Step::kUndoCarry, {{"month", month.to_string()}})};
}

}  // namespace apportion
