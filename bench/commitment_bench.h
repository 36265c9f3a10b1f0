/// Commitments of a large month: inventory, use by customer and day, and the moves of a policy.
#pragma once

#include <filesystem>

#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"

namespace apportion::bench {

/// Makes customers of the tenants of a home's charges, at most `customers_max`, and publishes its months, split.
Result<void> publish_with_customers(Workspace& workspace, int customers_max);

/// Reads the inventory, the use by commitment, customer and day, and works out the moves of a policy; checks that use
/// sums to the charges as the engine adds them up apart from it, and that the moves sum to zero.
Result<void> read_commitments_and_check(const Workspace& workspace);

}  // namespace apportion::bench
