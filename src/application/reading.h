/// Reading: what a question to a home is asked of, with the engine that answers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/workbench.h"
#include "foundation/base/files.h"
#include "foundation/base/result.h"
#include "lake/lake_reader.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// The workspace must outlive it, and stay where it is.
class Reading {
 public:
  /// By an engine of the database that all of the workspace share: for questions of the program's own.
  static Result<Reading> open(const Workspace& workspace);
  /// By a database that is nobody else's, which keeps rows in the order of the statement.
  static Result<Reading> open_alone(const Workspace& workspace);

  LakeReader& lake() { return lake_; }
  /// For writing what was found as Parquet.
  Workbench& workbench() { return *workbench_; }

 private:
  Reading(const Workspace& workspace, std::optional<TemporaryFolder> spill, std::unique_ptr<Workbench> workbench)
      : spill_(std::move(spill)),
        workbench_(std::move(workbench)),
        lake_(*workbench_, workspace.control_plane, Lake(workspace.home), workspace.kept_cells.get()) {}

  std::optional<TemporaryFolder> spill_;  // outlives the database
  std::unique_ptr<Workbench> workbench_;
  LakeReader lake_;
};

/// A text that stays the same for as long as questions to the home get the same answers, on the same day.
Result<std::string> content_state(const Workspace& workspace);

/// Memory for cells of cubes, as large as the settings of the home say; null: none. For processes that answer many
/// questions: `Workspace::kept_cells`.
Result<std::shared_ptr<KeptCells>> make_kept_cells(const Workspace& workspace);

}  // namespace apportion
