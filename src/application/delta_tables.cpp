#include "application/delta_tables.h"

#include "pipeline/publication/delta_upkeep.h"

namespace apportion {

Result<std::vector<DeltaChange>> make_delta_tables_anew(const WritableWorkspace& writable) {
  const Workspace& workspace = writable.workspace;
  return publish_delta_tables(workspace.home, workspace.control_plane, workspace.clock.now(), DeltaWay::kAnew,
                              checkpoints_of(workspace), writable.lock);
}

}  // namespace apportion
