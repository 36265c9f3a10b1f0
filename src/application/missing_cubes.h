/// Cubes (lake/cubes.h) for splits that an earlier version made without them.
#pragma once

#include "application/publish.h"
#include "application/writable_workspace.h"
#include "foundation/base/result.h"

namespace apportion {

/// Writes the cubes that published splits lack, month by month, and says so; questions are answered from charges until
/// then. No amount changes, so locked months get theirs, too. A month that cannot be read is a problem in `report`, and
/// the others go on. Errors: kInterrupted, and those of our own disk or database; months that are done stay done.
Result<void> make_missing_cubes(const WritableWorkspace& writable, FlowReport& report);

}  // namespace apportion
