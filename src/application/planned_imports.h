/// What a sync or an import would take in. Changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/import_runs.h"
#include "application/publish.h"
#include "application/sync.h"
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

/// What `sync` would take in, of stores that the workspace has. A location that cannot be read is a problem of the
/// plan. Errors: as `sync`.
Result<ImportPlan> plan_sync(const Workspace& workspace, const SyncRequest& request);

/// What `import_folder` would take in. Errors: kNoSuchConnection.
Result<ImportPlan> plan_folder(const Workspace& workspace, const FolderImport& folder);

}  // namespace apportion
