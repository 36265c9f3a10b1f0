/// Commitments of a large month: inventory, use by customer and day, and the moves of a policy.
#pragma once

#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"

namespace apportion::bench {

/// Reads the inventory, the use by commitment, customer and day, and works out the moves of a policy; checks that use
/// sums to the charges as the engine adds them up apart from it, and that the moves sum to zero.
Result<void> read_commitments_and_check(const Workspace& workspace);

}  // namespace apportion::bench
