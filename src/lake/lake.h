/// Lake: the Parquet files of a home, and where they lie.
///
/// Others name files as the catalog does (`LakeFile`) and make relations of them. Files never change once written.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/engine.h"
#include "foundation/base/result.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

class Lake {
 public:
  /// The lake of a home.
  explicit Lake(const Home& home) : folder_(home.lake()) {}
  /// The lake in a folder of any name, which exists.
  explicit Lake(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes `relation` a temporary view over files. No files: an empty relation with `columns` as `name type` pairs of
  /// SQL.
  Result<void> open_files(Engine& engine, std::string_view relation, std::span<const LakeFile> files,
                          std::string_view columns) const;
  /// The rows of files, of which there must be at least one, as what stands behind FROM in a statement.
  std::string rows_of(std::span<const LakeFile> files) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace apportion
