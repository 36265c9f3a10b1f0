/// Which published months a question is about, and how people call them.
#pragma once

#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/snapshot.h"
#include "store/control_plane.h"

namespace apportion {

/// The months of a scope in words: `2026-10`, `2026-08 to 2026-10`, `all months`.
std::string months_in_words(const ReadScope& scope);

/// The published months in scope, of which at least one has charges. Errors: kCommandLineWrong when the first month in
/// scope is after the last; kNoCharges; the named connection does not exist; kAccess, as `published_months`.
Result<std::vector<PublishedMonth>> months_in_scope(const ControlPlane& control_plane, const ReadScope& scope);

}  // namespace apportion
