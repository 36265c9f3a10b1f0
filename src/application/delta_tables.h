/// The lake as Delta tables: making them again.
#pragma once

#include <vector>

#include "application/writable_workspace.h"
#include "foundation/base/result.h"
#include "lake/delta_tables.h"

namespace apportion {

/// Makes all Delta tables again from what is published; their earlier versions are gone. Errors: the disk refuses.
Result<std::vector<DeltaChange>> make_delta_tables_anew(const WritableWorkspace& writable);

}  // namespace apportion
