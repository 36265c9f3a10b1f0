/// The relations that people may name: in questions of their own, and as files for other programs.
///
/// | relation | a row is |
/// |---|---|
/// | `charges` | a charge as Microsoft delivered it |
/// | `assigned_charges` | a charge with its customer, a share of a charge, or a move of its cost |
/// | `assignments` | who got which charge, by which rule |
/// | `shares` | a share or move with its amounts |
/// | `customers` | a customer, as it is called today |
/// | `customer_tenants` | a tenant of a customer |
/// | `months` | a bill month of a connection, with its state |
/// | `reservation_details`, `reservation_transactions`, `reservation_recommendations` | a row of these datasets |
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/charge_columns.h"
#include "lake/lake.h"
#include "lake/snapshot.h"
#include "store/control_plane.h"

namespace apportion {

struct NamedRelation {
  std::string_view name;
  std::string_view about;  ///< What a row is.
};

std::span<const NamedRelation> named_relations();

struct NamedColumn {
  std::string relation;
  std::string name;
  ColumnType type;
  Audience audience;
  std::string_view about;
};

/// Makes the relations in `engine`, which has a database of its own: the names of lake/relations.h get another meaning.
/// Returns the snapshot that they show. `kPartnerOnly` when the scope is not the partner's.
Result<Snapshot> open_named_relations(Workbench& engine, const ControlPlane& control_plane, const Lake& lake,
                                      const ReadScope& scope, Day today);

/// The columns of the relations, in their order, as `engine` has them.
Result<std::vector<NamedColumn>> named_columns(QueryEngine& engine);

}  // namespace apportion
