/// Named relations over the lake: what readers query.
///
/// | relation | one row per | columns |
/// |---|---|---|
/// | `charges` | charge | the canonical columns, `x_BillMonth` (`YYYY-MM`) |
/// | `direct_assignments` | charge that went whole to one customer or to `unassigned` | `x_RowId`, `CustomerId`,
/// `x_RuleNumber` |
/// | `share_assignments` | share of a charge | `x_RowId`, `CustomerId`, `x_RuleNumber`, the four costs, two
/// quantities |
/// | `move_assignments` | move of cost from or to a customer; those of a charge sum to zero | as shares |
/// | `carried_changes` | line that newer runs of an earlier month changed | the canonical columns with the
/// differences as amounts, `x_BillMonth` of the month that counts them, `x_CarriedFrom`, `CustomerId`, `x_RowCount` |
/// | `assigned_charges` | charge, share, move or carried change | as `charges` with the amounts of the share or
/// move, `CustomerId`, `x_RuleNumber`, `x_CarriedFrom` (empty but for carried changes), `x_RowCount` |
/// | `customers` | customer and list of names | `x_CustomerNames`, `CustomerId`, `CustomerName`,
/// `CustomerExternalId` |
/// | `filled_prices` | charge with a price from a price sheet | `x_RowId`, `BillingCurrency`, the prices and costs
/// that were filled, by how much each cost grew (`x_ListCostFilled`, `x_ContractedCostFilled`), `x_SourceChanges` |
/// | `reservation_details`, `reservation_transactions`, `reservation_recommendations` | row of these datasets |
/// `x_RowId`, `x_SourceFile`, `x_SourceLine`, `x_OtherColumns`, those of source_fields.h, `x_BillSource`,
/// `x_BillMonth` |
///
/// In a month without an amortized run, effective costs are unknown and therefore empty.
///
/// Carried changes are there when the snapshot has some. `x_RowCount` is 1, and for a carried change the rows that were
/// added less those that were removed.
///
/// Charges of a month that has not been split have the customer `unassigned` and rule number 0 in `assigned_charges`.
/// Rows of `charges` and `assigned_charges` say in `x_CustomerNames` which list of names applies to them: 0 is today's,
/// the others belong to locked months. Join `customers` by it and by `CustomerId`.
///
/// For a scope of customers there are two relations only. `assigned_charges` has the rows of these customers and the
/// columns of the audience, without rule number; `customers` has these customers. Rows that a customer pays for by a
/// share or a move but that belong to someone else's tenant show what `ChargeColumn::foreign_rows` says. A question
/// that names anything else fails.
#pragma once

#include <string>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/column_lists.h"
#include "lake/cubes.h"
#include "lake/kept_cells.h"
#include "lake/lake.h"
#include "lake/snapshot.h"
#include "store/control_plane.h"

namespace apportion {

/// Creates the relations of a snapshot in `workbench`: those that its scope may see, and no others.
Result<void> open_relations(Workbench& workbench, const Lake& lake, const Snapshot& snapshot);

/// Creates `name`, a relation like `assigned_charges` that is independent: it keeps the snapshot and its scope,
/// whatever relations are created afterwards.
Result<void> open_assigned_charges(Workbench& workbench, const Lake& lake, const Snapshot& snapshot,
                                   std::string_view name);

/// Creates `assigned_cells`, over the cells of a cube: a relation like `assigned_charges` with fewer columns, whose
/// rows stand for `x_Rows` of those (lake/cubes.h). Months without the cube, and carried changes, are in it row by row.
/// And `customers`; nothing else of the snapshot. With `kept`, cells come from memory, and the relation has no more
/// than what is needed, added up.
Result<void> open_cells(Workbench& workbench, const Lake& lake, const Snapshot& snapshot, const CubeDefinition& cube,
                        const NeededCells& needed, KeptCells* kept);

/// Whether some months of a snapshot have a cube, and its cells tell all that decides what the scope may see.
bool may_answer(const CubeDefinition& cube, const Snapshot& snapshot);

/// The same as `open_relations`, without carried changes and with the amounts as they are stored, where an unknown
/// effective cost is zero: for code that adds up or splits what the files contain, and never for showing.
Result<void> open_stored_relations(Workbench& workbench, const Lake& lake, const Snapshot& snapshot);

/// Makes the relations of the datasets that tell of commitments, over the imports in force: of all months, or of the
/// one in scope. `kPartnerOnly` when the scope is not the partner's.
Result<void> open_commitment_relations(Workbench& workbench, const ControlPlane& control_plane, const Lake& lake,
                                       const ReadScope& scope);

/// The files that the relations of the partner's snapshot read, those of commitments too. `kPartnerOnly` when the scope
/// is not the partner's.
Result<std::vector<LakeFile>> files_of_relations(const ControlPlane& control_plane, const Snapshot& snapshot);

/// Makes the relation `charges` of one charge set, whose amounts are as they are stored.
Result<void> open_charge_set(Workbench& workbench, const Lake& lake, const ChargeSet& charge_set);

/// The relations that charges with their customers are built from, or parenthesised statements in their place.
struct AssignedParts {
  std::string split_charges;
  std::string unsplit_charges;
  std::string direct_assignments;
  std::string share_assignments;
  std::string move_assignments;
  std::string carried_changes;
};

/// The statement behind `assigned_charges`.
std::string assigned_charges_sql(const AssignedParts& parts);

}  // namespace apportion
