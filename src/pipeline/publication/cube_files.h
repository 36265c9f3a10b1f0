/// The cubes of a split (lake/cubes.h): written beside its assignments, and checked against them.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "lake/lake.h"
#include "lake/snapshot.h"
#include "pipeline/split/splitter.h"
#include "store/control_plane.h"

namespace apportion {

/// Writes the cubes of the one month of `snapshot`, whose split is `made`, into `folder`, and adds them to `made`.
/// `totals` is what the split itself counted, moves included: each cube must come to the same, by customer and currency
/// or, without customers, by currency. Relations are replaced. Errors: kCubeDiffersFromAssignments; those of the engine
/// and of files.
Result<void> write_cubes(Workbench& workbench, const Lake& lake, const Snapshot& snapshot,
                         const std::filesystem::path& folder, std::span<const SplitTotal> totals, Split& made);

/// What the assignments of the one month of `snapshot` come to, by customer and currency: the totals of a split that
/// was made before.
Result<std::vector<SplitTotal>> assigned_totals(Workbench& workbench, const Lake& lake, const Snapshot& snapshot);

}  // namespace apportion
