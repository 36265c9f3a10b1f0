/// Files without a manifest as runs: which of a folder belong together, and which month they cover.
///
/// Files are one run when they have the same columns and cover the same month, and when no row shows that one of them
/// is a copy or an older version of another. What cannot be decided is refused with a reason: no file silently replaces
/// another.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/runs.h"

namespace apportion {

/// Some files of a folder that were not taken in.
struct RefusedFiles {
  std::string source;  ///< Name in the store of the first of them, or of their folder.
  Error error;
};

struct SortedFiles {
  std::vector<Run> runs;  ///< Each with its period, and marked with what determined it; by month.
  std::vector<RefusedFiles> refused;
  std::vector<std::string> notes;  ///< Files of other months than the one asked for.
};

/// Takes a candidate (`unverified_runs`) apart. `month`: the one that was asked for; files whose rows belong to another
/// are skipped. An error when the disk fails.
Result<SortedFiles> sort_unverified_files(BlobStore& store, const Run& candidate, std::optional<Month> month, Day today,
                                          const std::filesystem::path& temporary);

}  // namespace apportion
