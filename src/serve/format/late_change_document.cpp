#include "serve/format/late_change_document.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "serve/format/change_document.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

nlohmann::ordered_json totals_json(const std::vector<CarryTotal>& totals) {
  auto list = nlohmann::ordered_json::array();
  for (const CarryTotal& total : totals) {
    list.push_back({{"currency", total.currency.code()},
                    {"charge_category", total.charge_category},
                    {"billed", total.billed.to_string()},
                    {"effective", total.effective ? nlohmann::ordered_json(total.effective->to_string())
                                                  : nlohmann::ordered_json(nullptr)}});
  }
  return list;
}

}  // namespace

nlohmann::ordered_json late_change_json(const LateChangeDifferences& late) {
  const HeldCharges& held = late.change.held;
  nlohmann::ordered_json json{{"connection", late.change.connection},
                              {"month", held.month.to_string()},
                              {"because", hold_cause_name(held.hold.cause)},
                              {"detail", held.hold.detail},
                              {"held_at", held.held_at},
                              {"charge_set", held.charge_set.raw()},
                              {"decision", hold_decision_name(held.decision)}};
  if (held.decision != HoldDecision::kOpen) {
    json["decided_at"] = held.decided_at;
    json["decided_by"] = held.decided_by;
    json["reason"] = held.reason;
    if (late.change.carry) json["carried_to"] = late.change.carry->to.to_string();
  }
  if (late.differences) json["changes"] = rows_json(*late.differences);
  return json;
}

nlohmann::ordered_json late_changes_json(const std::vector<LateChangeDifferences>& changes) {
  auto list = nlohmann::ordered_json::array();
  for (const LateChangeDifferences& late : changes) list.push_back(late_change_json(late));
  return {{"late", std::move(list)}};
}

nlohmann::ordered_json left_change_json(const LateDecision& decision, bool dry_run) {
  nlohmann::ordered_json json{{"connection", decision.connection}, {"month", decision.month.to_string()}};
  if (dry_run) {
    json["dry_run"] = true;
  } else {
    json["decision"] = "left";
  }
  return json;
}

nlohmann::ordered_json carried_change_json(const CarriedChange& carried, bool undone) {
  const Carry& carry = carried.carry;
  nlohmann::ordered_json json{
      {"connection", carried.connection}, {"month", carry.from.to_string()}, {"to", carry.to.to_string()}};
  if (carried.left_alone) json["dry_run"] = true;
  json["rows"] = carried.rows;
  if (carry.id != CarryId()) json.update({{"carry", carry.id.raw()}, {"totals", totals_json(carry.totals)}});
  add_changes(json, carried.changes);
  if (!carried.left_alone) json["decision"] = undone ? "undone" : "carried";
  return json;
}

}  // namespace apportion
