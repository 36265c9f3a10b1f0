/// Lake: the Parquet files of a home, and where they are.
///
/// Others name files as the catalog does (`LakeFile`) and turn them into relations. Files never change once written; a
/// file that did is damaged, and nothing is read from it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

/// The version of what files of the lake hold, kept with each file (`LakeFile::version`). It grows whenever files
/// written from then on hold something else than those before.
///
/// | version | files |
/// |---|---|
/// | 1 | the columns of charges whose `ChargeColumn::since` is 1 |
/// | 2 | of moves: one row a charge and customer, where there could be several before |
/// | 3 | of month cubes: the number of the rule, by which cells are told apart |
inline constexpr std::int64_t kLakeVersion = 3;

/// How thoroughly a file is checked.
enum class FileCheck {
  kSize,     ///< Whether it exists with its size: fast.
  kContent,  ///< Also whether its bytes match their hash: reads the whole file.
};

class Lake {
 public:
  /// The lake of a home.
  explicit Lake(const Home& home) : folder_(home.lake()) {}
  /// The lake in any existing folder.
  explicit Lake(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes `relation` a temporary view over files. No files: an empty relation with `columns` as `name type` pairs of
  /// SQL. Errors: a file does not exist with its size.
  Result<void> open_files(Workbench& workbench, std::string_view relation, std::span<const LakeFile> files,
                          std::string_view columns) const;
  /// The rows of files, of which there must be at least one, as the text after FROM in a statement.
  Result<std::string> rows_of(const Workbench& workbench, std::span<const LakeFile> files) const;

  /// Makes `relation` a temporary view over files of charges, with all canonical columns. One that was added after a
  /// file was written is unknown in its rows; one that the file should have and has not is an error of the engine.
  /// Other errors: as `open_files`.
  Result<void> open_charges(Workbench& workbench, std::string_view relation, std::span<const LakeFile> files) const;
  /// The same rows of files, of which there must be at least one, as the text after FROM in a statement.
  Result<std::string> charge_rows_of(const Workbench& workbench, std::span<const LakeFile> files) const;
  /// The same for carried changes, which have `CustomerId`, `x_AssignmentKind` and `x_RowCount`, too.
  Result<void> open_carried_changes(Workbench& workbench, std::string_view relation,
                                    std::span<const LakeFile> files) const;
  Result<std::string> carried_rows_of(const Workbench& workbench, std::span<const LakeFile> files) const;
  /// The moves of files, of which there must be at least one, as the text after FROM in a statement: one row a
  /// charge and customer, whatever version wrote them.
  Result<std::string> move_rows_of(const Workbench& workbench, std::span<const LakeFile> files) const;

  /// The path of a published file.
  std::filesystem::path path_of(const LakeFile& file) const { return folder_ / file.path; }

  /// The charges of a set, which must have some, including what price sheets filled in, as the text after FROM.
  Result<std::string> charges_of(const Workbench& workbench, const ChargeSet& charge_set) const;

  /// A file that was just written, as the catalog should name it. `path` is below the lake. Errors: it cannot be read.
  Result<LakeFile> describe(const std::filesystem::path& path, std::int64_t rows) const;

  /// What is wrong with a published file, as an error (kLakeFileDamaged) that says how to repair it; nothing if it is
  /// intact. One that is not kept any more is not damaged: kLakeFileRemoved.
  std::optional<Error> damage_of(const LakeFile& file, FileCheck check) const;
  /// The first damage of files.
  Result<void> check(std::span<const LakeFile> files, FileCheck check) const;

 private:
  /// The text after FROM for files, by their version.
  Result<std::map<std::int64_t, std::string>> rows_by_version(const Workbench& workbench,
                                                              std::span<const LakeFile> files) const;

  std::filesystem::path folder_;
};

}  // namespace apportion
