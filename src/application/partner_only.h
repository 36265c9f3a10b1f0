/// Use cases that change anything, or reach Azure, are for the partner's own people.
#pragma once

#include "foundation/base/result.h"
#include "foundation/model/caller.h"

namespace apportion {

/// kPartnerOnly for everybody else.
Result<void> check_partner(const Caller& caller);

}  // namespace apportion
