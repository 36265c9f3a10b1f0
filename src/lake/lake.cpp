#include "lake/lake.h"

#include <vector>

#include <fmt/format.h>

#include "foundation/base/check.h"

namespace apportion {

Result<void> Lake::open_files(Engine& engine, std::string_view relation, std::span<const LakeFile> files,
                              std::string_view columns) const {
  std::vector<std::filesystem::path> paths;
  for (const LakeFile& file : files) paths.push_back(folder_ / file.path);
  return engine.view_over_parquet(relation, paths, columns);
}

std::string Lake::rows_of(std::span<const LakeFile> files) const {
  APPORTION_CHECK(!files.empty(), "rows of no files");
  std::string paths;
  for (const LakeFile& file : files) {
    paths += fmt::format("{}{}", paths.empty() ? "" : ", ", sql_literal((folder_ / file.path).string()));
  }
  return fmt::format("read_parquet([{}], hive_partitioning = false)", paths);
}

}  // namespace apportion
