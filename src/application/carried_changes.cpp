#include "application/carried_changes.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/carried_currencies.sql.h"
#include "application/carried_customers.sql.h"
#include "application/carried_parts.sql.h"
#include "application/carried_rows.sql.h"
#include "application/carried_sums.sql.h"
#include "application/publish.h"
#include "application/version_sums.sql.h"
#include "engine/row_values.h"
#include "foundation/base/cancel.h"
#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "lake/incoming_files.h"
#include "lake/lake_reader.h"
#include "lake/relations.h"
#include "query/line_changes.h"

namespace apportion {
namespace {

Error not_clear_error(const std::vector<std::string>& places) {
  return {ErrorId::kMonthAmbiguous, "it is not clear which month is meant", fmt::format("{}", fmt::join(places, ", ")),
          "several months fit", "say which one: " + step(Step::kChooseHeldMonth)};
}

Error not_possible(const std::string& where, std::string why, std::string remedy) {
  return {ErrorId::kCarryNotPossible, "these changes cannot be carried", where, std::move(why), std::move(remedy)};
}

Result<std::optional<ConnectionId>> connection_of(const ControlPlane& control_plane, const CarryRequest& request) {
  if (!request.connection) return std::optional<ConnectionId>();
  APPORTION_ASSIGN(const Connection connection, control_plane.connection_named(*request.connection));
  return std::optional(connection.id);
}

// The newest charges of the month that wait for a decision, or were left out.
Result<HeldCharges> held_in_question(const ControlPlane& control_plane, const CarryRequest& request) {
  APPORTION_ASSIGN(const auto connection, connection_of(control_plane, request));
  APPORTION_ASSIGN(const auto all, control_plane.held_charges(connection, request.month));
  std::map<std::pair<ConnectionId, Month>, HeldCharges> newest;
  for (const HeldCharges& held : all) {
    const bool is_left = request.month && held.decision == HoldDecision::kLeft;
    if (held.decision == HoldDecision::kOpen || is_left) newest.try_emplace({held.connection, held.month}, held);
  }
  if (newest.empty()) {
    return Error{ErrorId::kNothingHeld, "there are no held charges to carry",
                 fmt::format("{} {}", request.connection.value_or("all connections"),
                             request.month ? request.month->to_string() : "all months"),
                 "no newer charges are waiting for a decision",
                 "see what is held now: " + step(Step::kListLateCharges)};
  }
  if (newest.size() == 1) return newest.begin()->second;
  std::vector<std::string> places;
  for (const auto& [place, held] : newest) {
    APPORTION_ASSIGN(const Connection named, control_plane.connection(place.first));
    places.push_back(fmt::format("{} {}", named.name, place.second.to_string()));
  }
  return not_clear_error(places);
}

// Where the rows of a carry come from and go to, as they are written.
class CarryWriter {
 public:
  CarryWriter(const Workspace& workspace, const IncomingFiles& incoming, Workbench& engine,
              const Connection& connection, Carry& carry)
      : workspace_(workspace),
        incoming_(incoming),
        engine_(engine),
        lake_(workspace.home),
        connection_(connection),
        carry_(carry),
        where_(fmt::format("{} {} to {}", connection.name, carry.from.to_string(), carry.to.to_string())) {}

  // What would be carried, by customer and tenant; nothing is written.
  Result<std::vector<AssignedPart>> compute(const HeldCharges& held) {
    APPORTION_TRY(compare(held));
    APPORTION_TRY(check_differences());
    APPORTION_TRY(check_customers());
    APPORTION_TRY(check_currencies());
    return read_parts();
  }

  // Writes what was computed.
  Result<void> write_rows() {
    if (workspace_.cancel.requested()) return cancelled_error("");
    APPORTION_TRY(write());
    return add_up();
  }

 private:
  std::vector<EngineValue> first_row_id() const { return {RowId(carry_.row_import, 0).stored()}; }

  Result<std::vector<AssignedPart>> read_parts() {
    std::vector<AssignedPart> parts;
    const std::string query = fmt::format(fmt::runtime(sql::kCarriedPartsSql), fmt::arg("rows", rows_sql()));
    APPORTION_TRY(engine_.query(query, first_row_id(), [&](const EngineRow& row) {
      AssignedPart part;
      part.customer = row.text(0);
      part.currency = row.text(1);
      part.rule = carried_rule(carry_.from.to_string());
      read_tenant_and_costs(row, 2, part);
      parts.push_back(std::move(part));
      return ok();
    }));
    if (!parts.empty()) return parts;
    return Error{ErrorId::kNothingHeld, "there are no held charges to carry", where_,
                 "the newer charges change no known amount", "leave them: " + leave()};
  }

  Result<void> compare(const HeldCharges& held) {
    const ControlPlane& control_plane = workspace_.control_plane;
    const ReadScope all = ReadScope::of_partner(connection_.name, held.month);
    APPORTION_ASSIGN(std::vector<PublishedMonth> months, published_months(control_plane, all));
    APPORTION_CHECK(months.size() == 1 && months.front().charge_set, "what is held stands beside published charges");
    PublishedMonth before = std::move(months.front());
    PublishedMonth after = before;
    APPORTION_TRY(add_carried_away(control_plane, before));
    APPORTION_ASSIGN(after.charge_set, control_plane.charge_set(held.charge_set));
    APPORTION_ASSIGN(after.split, control_plane.split(held.split));
    LakeReader reader(engine_, control_plane, lake_);
    return compare_lines(reader, {ReadScope::of_partner(), {std::move(before)}, {std::move(after)}});
  }

  std::string leave() const {
    return step(Step::kLeaveLateCharges, {{"connection", connection_.name}, {"month", carry_.from.to_string()}});
  }

  // The lines must differ by as much as the versions do.
  Result<void> check_differences() {
    return engine_.query(sql::kVersionSumsSql, {}, [&](const EngineRow& row) {
      differences_[std::string(row.text(0))] = row.decimal(1);
      return ok();
    });
  }

  Result<void> check_customers() {
    APPORTION_ASSIGN(const std::vector<Customer> customers, workspace_.control_plane.customers());
    std::vector<std::string> gone;
    APPORTION_TRY(engine_.query(sql::kCarriedCustomersSql, {}, [&](const EngineRow& row) {
      const CustomerId id{std::string(row.text(0))};
      const bool is_known =
          id.raw() == kUnassignedCustomerId || std::ranges::find(customers, id, &Customer::id) != customers.end();
      if (!is_known) gone.push_back(id.raw());
      return ok();
    }));
    if (gone.empty()) return ok();
    return not_possible(
        where_, fmt::format("it would change the bill of {}, which is no longer a customer", fmt::join(gone, ", ")),
        fmt::format("add the customer again: {}; or leave the month as it is: {}",
                    step(Step::kAddCustomer, {{"customer", gone.front()}}), leave()));
  }

  Result<void> check_currencies() {
    APPORTION_ASSIGN(const Snapshot target,
                     Snapshot::take(workspace_.control_plane, ReadScope::of_partner(connection_.name, carry_.to)));
    APPORTION_TRY(open_relations(engine_, lake_, target));
    std::vector<std::string> missing;
    APPORTION_TRY(engine_.query(sql::kCarriedCurrenciesSql, {}, [&](const EngineRow& row) {
      missing.emplace_back(row.text(0));
      return ok();
    }));
    if (missing.empty()) return ok();
    return not_possible(where_,
                        fmt::format("{} has no charges in {}, and currencies are never added together",
                                    carry_.to.to_string(), fmt::join(missing, ", ")),
                        "choose a month that is billed in it, or leave the month as it is: " + leave());
  }

  std::string rows_sql() const {
    std::vector<std::string> columns;
    std::vector<std::string> differs;
    for (const ChargeColumn& column : charge_columns()) {
      const std::string name = sql_identifier(column.name);
      if (is_line_amount(column)) {
        columns.push_back(fmt::format("{0}_After - {0}_Before AS {0}", column.name));
        differs.push_back(fmt::format("{0}_After <> {0}_Before", column.name));
      } else if (column.name == "x_RowId") {
        columns.emplace_back(
            "CAST(? AS BIGINT) + row_number() OVER (ORDER BY x_RowId, CustomerId, x_AssignmentKind) AS x_RowId");
      } else if (column.name == "x_SourceChanges") {
        columns.push_back(
            fmt::format("CAST({} AS VARCHAR) AS {}", sql_literal("carried from " + carry_.from.to_string()), name));
      } else {
        columns.push_back(name);
      }
    }
    columns.emplace_back("CustomerId, x_AssignmentKind, RowsAfter - RowsBefore AS x_RowCount");
    return fmt::format(fmt::runtime(sql::kCarriedRowsSql),
                       fmt::arg("columns", fmt::format("{}", fmt::join(columns, ", "))),
                       fmt::arg("differs", fmt::format("{}", fmt::join(differs, " OR "))));
  }

  Result<void> write() {
    const auto folder = incoming_.folder_of(
        {LakeRole::kCarriedChanges, carry_.to, connection_.name, part_of_import(carry_.row_import)});
    APPORTION_TRY(make_folder(folder));
    const std::filesystem::path path = folder / lake_file_name(LakeContent::kCarriedChanges);
    APPORTION_ASSIGN(const std::int64_t rows, engine_.write_parquet(rows_sql(), first_row_id(), path));
    APPORTION_TRY(sync_to_disk(path));
    APPORTION_TRY(sync_to_disk(folder));
    APPORTION_ASSIGN(carry_.file, lake_.describe(path, rows));
    return ok();
  }

  // Of the file as it was written, to be proved by.
  Result<void> add_up() {
    APPORTION_TRY(lake_.open_carried_changes(engine_, "carried_file", std::span(&carry_.file, 1)));
    APPORTION_TRY(engine_.query(sql::kCarriedSumsSql, {}, [&](const EngineRow& row) {
      const auto currency = Currency::parse(row.text(0));
      APPORTION_CHECK(currency, "a stored charge has a currency");
      carry_.totals.push_back({*currency, std::string(row.text(1)), row.decimal(2), decimal_at(row, 3)});
      return ok();
    }));
    for (const CarryTotal& total : carry_.totals)
      differences_[std::string(total.currency.code())] += total.billed.negated();
    const bool is_whole =
        std::ranges::all_of(differences_, [](const auto& difference) { return difference.second.is_zero(); });
    APPORTION_CHECK(is_whole, "what is carried sums to the difference of the versions");
    return ok();
  }

  const Workspace& workspace_;
  const IncomingFiles& incoming_;
  Workbench& engine_;
  Lake lake_;
  const Connection& connection_;
  Carry& carry_;
  std::string where_;
  std::map<std::string, Decimal> differences_;  // of billed costs, by currency
};

// The later month with what it counts now.
Result<PublishedMonth> later_month(const ControlPlane& control_plane, const Connection& connection, Month month) {
  APPORTION_ASSIGN(const Snapshot snapshot,
                   Snapshot::take_with_carried(control_plane, ReadScope::of_partner(connection.name, month)));
  APPORTION_CHECK(snapshot.months().size() == 1, "what counts carried changes is a month");
  return snapshot.months().front();
}

Result<std::vector<AssignedPart>> parts_of(Workspace& workspace, const PublishedMonth& month) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  LakeReader reader(engine, workspace.control_plane, Lake(workspace.home));
  return assigned_parts(reader, ReadScope::of_partner(), month);
}

// What a carry between two months depends on.
struct CarryState {
  ConnectionId connection;
  Month from;
  Month to;

  // As text, to be compared.
  Result<std::string> read(const ControlPlane& control_plane) const {
    std::string state;
    for (const Month month : {from, to}) {
      APPORTION_ASSIGN(const auto bill_month, control_plane.bill_month(connection, month));
      if (!bill_month) continue;
      state += fmt::format("{} {} {} {}\n", month.to_string(), bill_month->locked,
                           bill_month->charge_set.value_or(ChargeSetId()).raw(),
                           bill_month->split.value_or(SplitId()).raw());
    }
    APPORTION_ASSIGN(const auto all_held, control_plane.held_charges(connection, from));
    for (const HeldCharges& held : all_held)
      state += fmt::format("held {} {}\n", held.charge_set.raw(), hold_decision_name(held.decision));
    APPORTION_ASSIGN(const auto carries, control_plane.carries(connection));
    for (const Carry& carry : carries) state += fmt::format("carry {} {}\n", carry.id.raw(), carry.counts());
    return state;
  }
};

// Whether to go on. Others may publish while a person thinks: what was looked at must be true still.
Result<bool> reviewed(WritableWorkspace& writable, const Review& review, const AmountChanges& changes,
                      const CarryState& state) {
  if (!review) return true;
  const ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const std::string before, state.read(control_plane));
  APPORTION_ASSIGN(const bool goes_on, writable.wait_unlocked([&] { return review(changes); }));
  if (!goes_on) return false;
  APPORTION_ASSIGN(const std::string after, state.read(control_plane));
  if (before == after) return true;
  return Error{ErrorId::kChangedMeanwhile, "the months were changed meanwhile",
               fmt::format("{} to {}", state.from.to_string(), state.to.to_string()),
               "what was shown is no longer true, so nothing was carried or taken back",
               "look at the changes again, and repeat the decision"};
}

}  // namespace

Result<CarriedChange> carry_late_change(WritableWorkspace& writable, const CarryRequest& request, Month to,
                                        const Review& review) {
  if (trim(request.reason).empty()) return reason_missing_error();
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const HeldCharges held, held_in_question(control_plane, request));
  APPORTION_ASSIGN(const Connection connection, control_plane.connection(held.connection));
  Carry carry;
  carry.connection = connection.id;
  carry.from = held.month;
  carry.to = to;
  carry.charge_set = held.charge_set;
  carry.reason = request.reason;
  APPORTION_TRY(control_plane.check_carry(carry));
  APPORTION_ASSIGN(Engine engine, open_engine(writable.workspace));
  APPORTION_ASSIGN(IncomingFiles incoming, IncomingFiles::make(writable.workspace.home));
  CarryWriter writer(writable.workspace, incoming, engine, connection, carry);
  APPORTION_ASSIGN(const std::vector<AssignedPart> added, writer.compute(held));
  APPORTION_ASSIGN(const PublishedMonth later, later_month(control_plane, connection, to));
  APPORTION_ASSIGN(const std::vector<AssignedPart> before, parts_of(writable.workspace, later));
  std::vector<AssignedPart> after = before;
  after.insert(after.end(), added.begin(), added.end());
  CarriedChange carried{connection.name, carry};
  for (const AssignedPart& part : added) carried.rows += part.rows;
  APPORTION_ASSIGN(const auto customers, control_plane.customers());
  carried.changes.name_customers(customers);
  carried.changes.add_month(connection.name, to, before, after, false);
  const CarryState state{connection.id, held.month, to};
  APPORTION_ASSIGN(const bool goes_on, reviewed(writable, review, carried.changes, state));
  carried.left_alone = !goes_on;
  if (!goes_on) return carried;
  APPORTION_ASSIGN(carry.row_import, control_plane.next_import_id());
  APPORTION_TRY(writer.write_rows());
  APPORTION_TRY(incoming.move_in());
  carry.file = incoming.moved(std::move(carry.file));
  APPORTION_ASSIGN(carry.id, control_plane.add_carry(carry));
  carried.carry = std::move(carry);
  return carried;
}

Result<CarriedChange> undo_carry(WritableWorkspace& writable, const CarryRequest& request, const Review& review) {
  if (trim(request.reason).empty()) return reason_missing_error();
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const auto only, connection_of(control_plane, request));
  APPORTION_ASSIGN(const auto carries, control_plane.carries(only));
  std::map<std::pair<ConnectionId, Month>, std::string> places;
  for (const Carry& carry : carries) {
    if (!carry.counts() || (request.month && carry.from != *request.month)) continue;
    APPORTION_ASSIGN(const Connection connection, control_plane.connection(carry.connection));
    places[{carry.connection, carry.from}] = fmt::format("{} {}", connection.name, carry.from.to_string());
  }
  if (places.empty()) {
    return Error{ErrorId::kNothingCarried, "no changes of this month are carried",
                 fmt::format("{} {}", request.connection.value_or("all connections"),
                             request.month ? request.month->to_string() : "all months"),
                 "no later month counts changes of it", "see what was decided: " + step(Step::kListDecidedLateCharges)};
  }
  if (places.size() > 1) {
    std::vector<std::string> names;
    for (const auto& [place, name] : places) names.push_back(name);
    return not_clear_error(names);
  }
  const ConnectionId connection = places.begin()->first.first;
  const Month month = places.begin()->first.second;
  APPORTION_ASSIGN(const Connection named, control_plane.connection(connection));
  const auto undo = [&] { return control_plane.undo_carry(connection, month, request.reason); };
  CarriedChange undone{named.name, {}};
  {
    APPORTION_ASSIGN(const ControlPlaneTransaction trial, control_plane.begin());
    APPORTION_ASSIGN(undone.carry, undo());
  }
  APPORTION_ASSIGN(PublishedMonth later, later_month(control_plane, named, undone.carry.to));
  APPORTION_ASSIGN(const auto before, parts_of(writable.workspace, later));
  std::erase_if(later.carried, [&](const Carry& carry) { return carry.id == undone.carry.id; });
  APPORTION_ASSIGN(const auto after, parts_of(writable.workspace, later));
  undone.rows = undone.carry.file.rows;
  APPORTION_ASSIGN(const auto customers, control_plane.customers());
  undone.changes.name_customers(customers);
  undone.changes.add_month(named.name, later.month.month, before, after, false);
  const CarryState state{connection, month, undone.carry.to};
  APPORTION_ASSIGN(const bool goes_on, reviewed(writable, review, undone.changes, state));
  undone.left_alone = !goes_on;
  if (goes_on) {
    APPORTION_TRY(undo());
  }
  return undone;
}

}  // namespace apportion
