/// Whether a question is about anything that is published, and how people call its months.
#pragma once

#include <string>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "store/control_plane.h"

namespace apportion {

/// The months of a scope in words: `2026-10`, `2026-08 to 2026-10`, `all months`.
std::string months_in_words(const ReadScope& scope);

/// Whether there are published charges in scope. Errors: kMonthsReversed when the first month in scope is after the
/// last; kNoCharges; the named connection does not exist; kPartnerOnly, as `published_months`.
Result<void> check_months_in_scope(const ControlPlane& control_plane, const ReadScope& scope);

}  // namespace apportion
