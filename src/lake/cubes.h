/// Cubes: what a split assigns, added up by the columns that people group costs by. Each split of a month has four,
/// written with it; a question whose columns are all in one of them reads its cells instead of the charges.
///
/// A cell is a row of `assigned_charges` that stands for `x_Rows` of them. It has the columns of its cube, the sums of
/// the four costs as they are stored, and `x_ListCostIsFilled` and `x_ContractedCostIsFilled` (1 or 0). The rows of a
/// cell are alike in what is known of them: each cost that may be unknown is known for all of them or for none, and
/// comes from a price sheet for all or for none. So what is true of rows is true of cells.
///
/// Files of the month cube also have `x_RuleNumber`, from a version of the lake's content on. It is for code that asks
/// what rules assigned; questions about costs do not see it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/layout.h"
#include "store/control_plane.h"

namespace apportion {

struct CubeDefinition {
  std::string_view name;  ///< For people: `the month cube`.
  LakeContent content;
  std::vector<LakeFile> Split::*files;
  /// Whether cells have `CustomerId` and `x_AssignmentKind`.
  bool has_customer;
  bool has_rule;                              ///< Whether its file tells the rules of cells apart.
  std::span<const std::string_view> columns;  ///< Canonical ones, with `ChargePeriodStart` if it has days.

  bool has(std::string_view column) const;
  bool has_day() const { return has("ChargePeriodStart"); }
  bool has_tags() const { return has("Tags"); }
  /// Whether a split, if there is one, has it.
  bool is_of(const std::optional<Split>& split) const { return split && !((*split).*files).empty(); }
};

std::span<const CubeDefinition> cube_definitions();
const CubeDefinition& month_cube();  ///< The one of them that tells rules apart.

/// Whether the month cube of a split, if there are both, has `x_RuleNumber`.
bool cells_tell_rules(const std::optional<Split>& split);

/// The statement of all cells of all cubes over the relations `assigned_charges` and `filled_prices`, and that of the
/// cells of one of them over its result, the relation `cells`, in the order of the file.
std::string all_cells_sql();
std::string cells_sql(const CubeDefinition& cube, std::string_view cells);

/// The columns of the cells of a cube but for the costs and the rule, as they are in its file.
std::vector<std::string_view> cell_columns(const CubeDefinition& cube);

}  // namespace apportion
