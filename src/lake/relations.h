/// Named relations over the lake: what readers query. Nobody but `store` builds paths.
///
/// | relation | rows | columns |
/// |---|---|---|
/// | `charges` | one a charge | the canonical columns, `x_BillMonth` (`YYYY-MM`) |
/// | `direct_assignments` | one a charge that went whole to one customer or to `unassigned` | `x_RowId`, `CustomerId`,
/// `x_RuleNumber` |
/// | `share_assignments` | one a share of a charge | `x_RowId`, `CustomerId`, `x_RuleNumber`, the four costs, two
/// quantities |
/// | `move_assignments` | one a move of cost from or to a customer; those of a charge sum to zero | as shares |
/// | `assigned_charges` | one a charge, share or move | as `charges` with the amounts of the share or move,
/// `CustomerId`, `x_RuleNumber` |
/// | `customers` | one a customer | `CustomerId`, `CustomerName`, `CustomerExternalId` |
/// | `reservation_details`, `reservation_transactions`, `reservation_recommendations` | one a row of these datasets |
/// `x_RowId`, `x_SourceFile`, `x_SourceLine`, `x_OtherColumns`, those of source_fields.h, `x_BillSource`,
/// `x_BillMonth` |
///
/// Charges of a month that is not split have the customer `unassigned` and rule number 0 in `assigned_charges`.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "foundation/base/result.h"
#include "store/control_plane.h"

namespace apportion {

/// One month's published state, as of one look into the control plane.
struct PublishedMonth {
  Connection connection;
  BillMonth month;
  std::optional<ChargeSet> charge_set;
  std::optional<Split> split;
};

/// What a reader wants to see; unset means all.
struct RelationScope {
  std::optional<std::string> connection;  ///< Name.
  std::optional<Month> month;
};

/// The published months in scope, by connection and month. An error when the named connection does not exist.
Result<std::vector<PublishedMonth>> published_months(const ControlPlane& control_plane, const RelationScope& scope);

/// Makes all relations in `engine` over the given months.
Result<void> open_relations(Engine& engine, const ControlPlane& control_plane, const std::filesystem::path& lake,
                            std::span<const PublishedMonth> months);

/// Makes the relations of the datasets that tell of commitments, over the imports in force: of all months, or of the
/// one in scope.
Result<void> open_commitment_relations(Engine& engine, const ControlPlane& control_plane,
                                       const std::filesystem::path& lake, const RelationScope& scope);

/// The columns in which the lake keeps the rows of such a dataset, as `name type` pairs of SQL.
std::string commitment_columns_sql(Dataset dataset);

/// The canonical columns as `name type` pairs of SQL.
std::string charge_columns_sql();

}  // namespace apportion
