#include "lake/lake.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "lake/column_lists.h"
#include "lake/column_versions.h"
#include "lake/filled_charges.sql.h"
#include "lake/layout.h"
#include "store/remedies.h"
#include "store/removed_file.h"

namespace apportion {
namespace {

constexpr std::int64_t kVersionOfMergedMoves = 2;

// Assignments are computed from charges, at any time; what came from Azure comes from a backup.
std::string remedy(const LakeFile& file) {
  std::string restore = advice_text(kRestoreFiles);
  const auto place = place_of_lake_file(file.path);
  if (!place || place->role != LakeRole::kAssignments) return restore;
  return fmt::format("recreate it: {}; or {}",
                     step(Step::kSplitMonth, {{"connection", place->connection}, {"month", place->month.to_string()}}),
                     restore);
}

}  // namespace

Result<void> Lake::open_files(Workbench& workbench, std::string_view relation, std::span<const LakeFile> files,
                              std::string_view columns) const {
  APPORTION_TRY(check(files, FileCheck::kSize));
  std::vector<std::filesystem::path> paths;
  for (const LakeFile& file : files) paths.push_back(path_of(file));
  return workbench.view_over_parquet(relation, paths, columns);
}

Result<std::string> Lake::rows_of(const Workbench& workbench, std::span<const LakeFile> files) const {
  APPORTION_CHECK(!files.empty(), "rows of no files");
  APPORTION_TRY(check(files, FileCheck::kSize));
  std::vector<std::filesystem::path> paths;
  for (const LakeFile& file : files) paths.push_back(path_of(file));
  return workbench.rows_of_parquet(paths);
}

Result<std::map<std::int64_t, std::string>> Lake::rows_by_version(const Workbench& workbench,
                                                                  std::span<const LakeFile> files) const {
  std::map<std::int64_t, std::vector<LakeFile>> by_version;
  for (const LakeFile& file : files) by_version[file.version].push_back(file);
  std::map<std::int64_t, std::string> rows;
  for (const auto& [version, of_version] : by_version) {
    APPORTION_ASSIGN(rows[version], rows_of(workbench, of_version));
  }
  return rows;
}

Result<std::string> Lake::charge_rows_of(const Workbench& workbench, std::span<const LakeFile> files) const {
  APPORTION_ASSIGN(const auto rows, rows_by_version(workbench, files));
  return rows_with_all_columns(charge_columns(), rows);
}

Result<void> Lake::open_charges(Workbench& workbench, std::string_view relation,
                                std::span<const LakeFile> files) const {
  if (files.empty()) return workbench.view_over_parquet(relation, {}, charge_columns_sql());
  APPORTION_ASSIGN(const std::string rows, charge_rows_of(workbench, files));
  return workbench.make_view(relation, fmt::format("SELECT * FROM {} charges_of_files", rows));
}

Result<std::string> Lake::carried_rows_of(const Workbench& workbench, std::span<const LakeFile> files) const {
  APPORTION_ASSIGN(const auto rows, rows_by_version(workbench, files));
  return rows_with_all_columns(charge_columns(), rows, "c.CustomerId, c.x_AssignmentKind, c.x_RowCount");
}

Result<void> Lake::open_carried_changes(Workbench& workbench, std::string_view relation,
                                        std::span<const LakeFile> files) const {
  if (files.empty()) return workbench.view_over_parquet(relation, {}, carried_columns_sql());
  APPORTION_ASSIGN(const std::string rows, carried_rows_of(workbench, files));
  return workbench.make_view(relation, fmt::format("SELECT * FROM {} changes_of_files", rows));
}

Result<std::string> Lake::move_rows_of(const Workbench& workbench, std::span<const LakeFile> files) const {
  APPORTION_ASSIGN(const auto by_version, rows_by_version(workbench, files));
  std::string rows;
  for (const auto& [version, of_version] : by_version) {
    const bool is_merged = version >= kVersionOfMergedMoves;
    rows += fmt::format("{}{}", rows.empty() ? "" : " UNION ALL ",
                        is_merged ? fmt::format("SELECT * FROM {} merged", of_version) : merged_moves_sql(of_version));
  }
  return fmt::format("({})", rows);
}

Result<std::string> Lake::charges_of(const Workbench& workbench, const ChargeSet& charge_set) const {
  APPORTION_ASSIGN(std::string charges, charge_rows_of(workbench, charge_set.files));
  if (charge_set.filled_files.empty()) return charges;
  APPORTION_ASSIGN(const std::string filled, rows_of(workbench, charge_set.filled_files));
  constexpr auto kFilled = std::to_array<std::string_view>(
      {"ListUnitPrice", "ListCost", "ContractedUnitPrice", "ContractedCost", "x_SourceChanges"});
  const auto filled_or_own = [&](std::string_view column) {
    return std::ranges::find(kFilled, column) == kFilled.end() ? std::string()
                                                               : fmt::format("coalesce(f.{0}, c.{0})", column);
  };
  return fmt::format("({})", fmt::format(fmt::runtime(sql::kFilledChargesSql),
                                         fmt::arg("columns", charge_column_list("c", filled_or_own)),
                                         fmt::arg("charges", charges), fmt::arg("filled", filled)));
}

Result<LakeFile> Lake::describe(const std::filesystem::path& path, std::int64_t rows) const {
  LakeFile file{path.lexically_relative(folder_).generic_string(), rows, 0, {}};
  std::error_code failure;
  file.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path, failure));
  if (failure) return file_error("cannot read the file", path, failure.value());
  APPORTION_ASSIGN(file.content_hash, content_hash_of(path));
  file.version = kLakeVersion;
  return file;
}

std::optional<Error> Lake::damage_of(const LakeFile& file, FileCheck check) const {
  if (file.removal) {
    return removed_file_error(file,
                              "ask for what is in force, or for a version that is still kept; how long later ones "
                              "are kept is a setting: " +
                                  step(Step::kListSettings));
  }
  const std::filesystem::path path = path_of(file);
  const auto damaged = [&](std::string why) {
    return Error{ErrorId::kLakeFileDamaged, "a file of the lake is damaged", path.string(), std::move(why),
                 remedy(file)};
  };
  std::error_code failure;
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(path, failure));
  if (failure) return damaged("it cannot be read: " + failure.message());
  if (bytes != file.bytes) return damaged(fmt::format("it has {} bytes; {} were published", bytes, file.bytes));
  if (check == FileCheck::kSize || file.content_hash.empty()) return std::nullopt;
  const auto hash = content_hash_of(path);
  if (!hash) return damaged(hash.error().why);
  if (*hash != file.content_hash) return damaged("its bytes are not those that were published");
  return std::nullopt;
}

Result<void> Lake::check(std::span<const LakeFile> files, FileCheck check) const {
  for (const LakeFile& file : files) {
    if (auto damage = damage_of(file, check)) return *std::move(damage);
  }
  return ok();
}

}  // namespace apportion
