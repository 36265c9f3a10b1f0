/// Costs that two connections hold and that are allowed to count twice, as notes on reports and proofs.
#pragma once

#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "store/control_plane.h"

namespace apportion {

/// One note for each pair of a published month in scope and a connection that holds costs of it too. None for everybody
/// but the partner: it names connections.
Result<std::vector<std::string>> costs_that_count_twice(const ControlPlane& control_plane, const ReadScope& scope);

}  // namespace apportion
