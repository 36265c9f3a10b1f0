/// Assembles the charges of a bill month from the live imports.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "lake/lake.h"
#include "store/control_plane.h"
#include "store/live_import.h"

namespace apportion {

/// The charges of a month as files, and the balancing they needed.
struct AssembledCharges {
  std::vector<ImportId> imports;
  std::vector<LakeFile> files;  ///< Paths relative to the lake, files of the imports and new ones.
  std::int64_t timing_rows = 0;
  std::string notes;
  std::optional<LakeFile> filled;  ///< What price sheets filled in.
};

/// Assembles the charges. If actual and amortized files agree (equal checksums), no row is read. If they come from
/// different runs and disagree, rows that only one of them has are found, and *timing rows* balance them, so that
/// billed cost still sums to the actual file and effective cost to the amortized file, for every customer too.
///
/// Prices missing from the files are filled in from `sheets`, the price sheets in force.
///
/// `new_import` is an unused import id for the timing rows; their file and that of the filled-in prices go to `folder`
/// (created if needed), below that of `lake`.
Result<AssembledCharges> assemble_charges(Workbench& engine, const LiveImports& live, std::span<const Import> sheets,
                                          const Lake& lake, const std::filesystem::path& folder, ImportId new_import);

}  // namespace apportion
