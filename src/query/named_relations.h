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

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/charge_columns.h"
#include "lake/lake_reader.h"
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

/// The named relations of a scope, opened: who has them was let in by `open_named_relations`.
class NamedRelations {
 public:
  QueryEngine& engine() { return *workbench_; }
  const Snapshot& snapshot() const { return snapshot_; }

  /// The columns of the relations, in their order.
  Result<std::vector<NamedColumn>> columns();
  /// Writes the rows of a statement as Parquet; returns how many there were.
  Result<std::int64_t> write_parquet(std::string_view select, const std::filesystem::path& path);

 private:
  friend Result<NamedRelations> open_named_relations(LakeReader& reader, const ReadScope& scope, Day today);
  NamedRelations(Workbench& workbench, Snapshot snapshot) : workbench_(&workbench), snapshot_(std::move(snapshot)) {}
  Workbench* workbench_;
  Snapshot snapshot_;
};

/// Makes the relations by a reader whose database is nobody else's, and which must outlive them: the names of
/// lake/relations.h get another meaning. `kForbidden` when the scope is not the partner's.
Result<NamedRelations> open_named_relations(LakeReader& reader, const ReadScope& scope, Day today);

}  // namespace apportion
