/// Use cases that change anything, or reach Azure, are the partner's own people's.
#pragma once

#include "foundation/base/result.h"
#include "foundation/model/caller.h"

namespace apportion {

/// kAccess for everybody but the partner's own people.
Result<void> check_partner(const Caller& caller);

}  // namespace apportion
