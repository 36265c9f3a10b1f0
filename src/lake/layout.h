/// Layout: where files of the lake lie, and what they are called. Nothing else makes such paths or reads them.
///
/// `charges/month=2026-10/connection=acme/import=7/charges-0.parquet`: the role, the bill month, the connection as it
/// was called then, the import or split that wrote the file, and its name. Paths are relative to the lake.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/date.h"
#include "foundation/model/dataset.h"
#include "foundation/model/ids.h"

namespace apportion {

/// What the files of a folder are for.
enum class LakeRole { kCharges, kCommitments, kPrices, kInvoiceLines, kAssignments, kCarriedChanges };

/// What one file holds.
enum class LakeContent {
  kCharges,
  kMirror,
  kTimingRows,
  kFilledPrices,
  kCommitments,
  kPrices,
  kInvoiceLines,
  kDirectAssignments,
  kShares,
  kMoves,
  kMonthCube,
  kDayCube,
  kTagCube,
  kDayTotals,
  kCarriedChanges,
  kStandIns,     ///< Which charges stand in for mirror rows.
  kWholeMirror,  ///< Mirror rows that charges stood in for, as charges.
};

/// The role of what a dataset brings.
LakeRole lake_role_of(Dataset dataset);

/// Files that are written together. A connection is named as it is called then.
struct LakePlace {
  LakeRole role = LakeRole::kCharges;
  Month month;
  std::string connection;
  std::string part;  ///< Tells them from others of the month: `part_of_import`, `part_of_split`.
};

std::string part_of_import(ImportId id);
std::string part_of_split(SplitId id);

/// The folder of a place.
std::filesystem::path lake_folder(const LakePlace& place);

/// `shares-2.parquet`. Files of which a place has one at most have no number.
std::string lake_file_name(LakeContent content, std::int64_t number = 0);

/// Beside a file that is being put back from a backup, until it is whole.
std::string restoring_name(const std::string& file_name);

/// The place of a file that this layout names, whether it is there or not; nothing for any other path.
std::optional<LakePlace> place_of_lake_file(std::string_view path);
/// Whether a folder is one that this layout names: that of a role, or one below it.
bool is_lake_folder(std::string_view path);

}  // namespace apportion
