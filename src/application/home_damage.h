/// Whether a home is as it was written, for processes that keep it open.
#pragma once

#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// Looks at the rows that answers are made of. Errors: kControlPlaneDamaged, which names the first.
Result<void> look_for_damage(const Workspace& workspace);

}  // namespace apportion
