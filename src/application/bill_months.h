/// What is said of bill months beside an edit: which still show what was before, and which stay as they are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

struct NamedMonth {
  std::string connection;
  Month month;
};

/// The months that are split, are not locked, and were not split again since customers or documents changed. Errors:
/// kPartnerOnly for everybody but the partner.
Result<std::vector<NamedMonth>> months_split_as_before(const Caller& caller, const Workspace& workspace);

/// How many months are locked, from a month on or of all. Errors: as above.
Result<std::size_t> count_locked_months(const Caller& caller, const Workspace& workspace, std::optional<Month> from);

}  // namespace apportion
