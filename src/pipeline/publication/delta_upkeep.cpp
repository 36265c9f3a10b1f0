#include "pipeline/publication/delta_upkeep.h"

#include "lake/delta_tables.h"

namespace apportion {

void keep_delta_tables(const Workspace& workspace, const FileLock& held) {
  const auto done =
      publish_delta_tables(workspace.home, workspace.control_plane, workspace.clock.now(), DeltaWay::kCommits, held);
  if (done || !workspace.talk) return;
  workspace.talk("the Delta tables do not show what is published; the next command that writes tries again: " +
                 done.error().message());
}

}  // namespace apportion
