/// Lake: the Parquet files of a home, and where they lie.
///
/// Others name files as the catalog does (`LakeFile`) and make relations of them. Files never change once written; one
/// that did is damaged, and nothing is read from it.
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

/// How closely a file is looked at.
enum class FileCheck {
  kSize,     ///< Whether it is there with its size: a moment.
  kContent,  ///< Whether its bytes have their hash, too: all of it is read.
};

class Lake {
 public:
  /// The lake of a home.
  explicit Lake(const Home& home) : folder_(home.lake()) {}
  /// The lake in a folder of any name, which exists.
  explicit Lake(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes `relation` a temporary view over files. No files: an empty relation with `columns` as `name type` pairs of
  /// SQL. Errors: a file is not there with its size.
  Result<void> open_files(Workbench& workbench, std::string_view relation, std::span<const LakeFile> files,
                          std::string_view columns) const;
  /// The rows of files, of which there must be at least one, as what stands behind FROM in a statement.
  Result<std::string> rows_of(const Workbench& workbench, std::span<const LakeFile> files) const;

  /// Where a published file lies.
  std::filesystem::path path_of(const LakeFile& file) const { return folder_ / file.path; }

  /// The charges of a set, which has some, with what price sheets filled in: as what stands behind FROM.
  Result<std::string> charges_of(const Workbench& workbench, const ChargeSet& charge_set) const;

  /// A file that was just written, as the catalog is to name it. `path` lies below the lake. Errors: it cannot be read.
  Result<LakeFile> describe(const std::filesystem::path& path, std::int64_t rows) const;

  /// What is wrong with a published file, as an error (kLakeFileDamaged) that says what makes it whole again; nothing
  /// when it is as it was published.
  std::optional<Error> damage_of(const LakeFile& file, FileCheck check) const;
  /// The first damage of files.
  Result<void> check(std::span<const LakeFile> files, FileCheck check) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace apportion
