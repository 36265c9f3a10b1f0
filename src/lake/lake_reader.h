/// LakeReader: what questions are asked of. It opens the relations that a scope may see, and answers by a QueryEngine.
///
/// Many readers may share one database, each with an engine of its own. Relations take the place of those that the
/// reader opened before: one question at a time, of one thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "engine/query_engine.h"
#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake.h"
#include "lake/relations.h"
#include "lake/snapshot.h"
#include "store/control_plane.h"

namespace apportion {

class LakeReader {
 public:
  /// Workbench, control plane and `kept`, the cells in memory if there are any, must outlive it.
  LakeReader(Workbench& workbench, const ControlPlane& control_plane, Lake lake, KeptCells* kept = nullptr)
      : workbench_(&workbench), control_plane_(&control_plane), lake_(std::move(lake)), kept_(kept) {}

  const ControlPlane& control_plane() const { return *control_plane_; }
  QueryEngine& engine() { return *workbench_; }

  /// As the functions of these names in relations.h.
  Result<void> open_relations(const Snapshot& snapshot) {
    return apportion::open_relations(*workbench_, lake_, snapshot);
  }
  Result<void> open_cells(const Snapshot& snapshot, const CubeDefinition& cube, const NeededCells& needed) {
    return apportion::open_cells(*workbench_, lake_, snapshot, cube, needed, kept_);
  }
  Result<void> open_stored_relations(const Snapshot& snapshot) {
    return apportion::open_stored_relations(*workbench_, lake_, snapshot);
  }
  Result<void> open_assigned_charges(const Snapshot& snapshot, std::string_view name) {
    return apportion::open_assigned_charges(*workbench_, lake_, snapshot, name);
  }
  Result<void> open_commitment_relations(const ReadScope& scope) {
    return apportion::open_commitment_relations(*workbench_, *control_plane_, lake_, scope);
  }

  /// The rows of files as relations, with all columns: for the partner's questions only. As the functions of `Lake`.
  Result<void> open_charges(std::string_view relation, std::span<const LakeFile> files) {
    return lake_.open_charges(*workbench_, relation, files);
  }
  Result<void> open_carried_changes(std::string_view relation, std::span<const LakeFile> files) {
    return lake_.open_carried_changes(*workbench_, relation, files);
  }
  std::optional<Error> damage_of(const LakeFile& file, FileCheck check) const { return lake_.damage_of(file, check); }
  const Lake& lake() const { return lake_; }

  /// For questions that keep what they found on the way: tables and views over relations that are open.
  Workbench& scratch() { return *workbench_; }

 private:
  Workbench* workbench_;
  const ControlPlane* control_plane_;
  Lake lake_;
  KeptCells* kept_;
};

}  // namespace apportion
