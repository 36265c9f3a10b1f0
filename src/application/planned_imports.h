/// What a sync would take in. Changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/import_runs.h"
#include "application/publish.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

struct PlannedImport {
  std::string connection;
  std::string source;
  std::optional<Dataset> dataset;
  std::optional<Month> month;  ///< Unknown for files without a manifest whose path does not show it.
  std::int64_t bytes = 0;
  std::optional<std::int64_t> rows;  ///< As the manifest states.
};

struct ImportPlan {
  std::vector<PlannedImport> imports;
  std::int64_t already_there = 0;
  std::vector<Problem> problems;

  void add(ImportPlan other);
};

/// What a location holds that has not been taken in yet.
Result<ImportPlan> plan_location(const Workspace& workspace, const Connection& connection,
                                 const ImportRequest& request);

/// All locations of a connection; one that cannot be read is a problem of the plan.
Result<ImportPlan> plan_connection(const Workspace& workspace, const Connection& connection, std::optional<Month> month,
                                   bool allow_unverified);

}  // namespace apportion
