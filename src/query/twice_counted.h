/// Costs that two connections hold and that are allowed to count twice, as notes on reports and proofs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "lake/snapshot.h"
#include "store/control_plane.h"

namespace apportion {

/// One note for each pair of a month in `months` and a connection that holds costs of it too; for the partner only, as
/// it names connections.
Result<std::vector<std::string>> costs_that_count_twice(const ControlPlane& control_plane,
                                                        std::span<const PublishedMonth> months);

}  // namespace apportion
