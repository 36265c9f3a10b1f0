/// Lake: the Parquet files of a home, and where they are.
///
/// Others name files as the catalog does (`LakeFile`) and turn them into relations. Files never change once written; a
/// file that did is damaged, and nothing is read from it.
#pragma once

#include <cstdint>
#include <filesystem>
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

  /// The path of a published file.
  std::filesystem::path path_of(const LakeFile& file) const { return folder_ / file.path; }

  /// The charges of a set, which must have some, including what price sheets filled in, as the text after FROM.
  Result<std::string> charges_of(const Workbench& workbench, const ChargeSet& charge_set) const;

  /// A file that was just written, as the catalog should name it. `path` is below the lake. Errors: it cannot be read.
  Result<LakeFile> describe(const std::filesystem::path& path, std::int64_t rows) const;

  /// What is wrong with a published file, as an error (kLakeFileDamaged) that says how to repair it; nothing if it is
  /// intact.
  std::optional<Error> damage_of(const LakeFile& file, FileCheck check) const;
  /// The first damage of files.
  Result<void> check(std::span<const LakeFile> files, FileCheck check) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace apportion
