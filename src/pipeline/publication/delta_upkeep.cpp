#include "pipeline/publication/delta_upkeep.h"

#include <filesystem>

#include "lake/delta_tables.h"

namespace apportion {

void keep_delta_tables(const Workspace& workspace, const FileLock& held) {
  const auto done = publish_delta_tables(workspace.home, workspace.control_plane, workspace.clock.now(),
                                         DeltaWay::kCommits, checkpoints_of(workspace), held);
  if (done || !workspace.talk) return;
  workspace.talk("the Delta tables do not show what is published; the next command that writes tries again: " +
                 done.error().message());
}

DeltaCheckpointMaker checkpoints_of(const Workspace& workspace) {
  return [&workspace](const std::filesystem::path& lines, const std::filesystem::path& parquet) -> Result<void> {
    APPORTION_ASSIGN(Engine engine, open_engine(workspace));
    return make_delta_checkpoint(engine, lines, parquet);
  };
}

}  // namespace apportion
