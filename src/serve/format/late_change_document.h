/// Shows late changes, decisions on them, and what was carried to a later month, as JSON documents for programs.
#pragma once

#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/carried_changes.h"
#include "application/late_changes.h"
#include "query/table.h"

namespace apportion {

/// A late change with what it would change for each customer, as `change_report` has it.
struct LateChangeDifferences {
  LateChange change;
  std::optional<Table> differences;  ///< Unset: it was decided on.
};

nlohmann::ordered_json late_change_json(const LateChangeDifferences& late);
/// `{"late": …}`
nlohmann::ordered_json late_changes_json(const std::vector<LateChangeDifferences>& changes);
/// Of a late change that was left, or would be.
nlohmann::ordered_json left_change_json(const LateDecision& decision, bool dry_run);
/// Of one that was carried, or whose carry was undone; or would be.
nlohmann::ordered_json carried_change_json(const CarriedChange& carried, bool undone);

}  // namespace apportion
