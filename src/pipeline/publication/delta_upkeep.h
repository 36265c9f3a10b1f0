/// Keeping the Delta tables of a home in step with what it publishes.
#pragma once

#include "foundation/base/files.h"
#include "lake/delta_log.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// Makes the Delta tables show what is published (lake/delta_tables.h). What is published does not depend on it: where
/// the disk refuses, the person at the terminal hears of it, `doctor` says so, and the next command that writes tries
/// again. `held` is the lock of the home.
void keep_delta_tables(const Workspace& workspace, const FileLock& held);

/// Checkpoints made by an engine of the workspace, which must outlive it.
DeltaCheckpointMaker checkpoints_of(const Workspace& workspace);

}  // namespace apportion
