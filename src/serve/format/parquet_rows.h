/// Rows of a table as a Parquet file, one by one: for tables that do not fit into memory. Internal to `format`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "query/table.h"

namespace apportion {

/// DECIMAL(38,18), BIGINT, VARCHAR; days as timestamps of their first moment, UTC; zstd. It holds one row group.
class ParquetRows {
 public:
  /// Creates the file, which must not exist.
  static Result<ParquetRows> create(const std::filesystem::path& path, const std::vector<TableColumn>& columns);
  ParquetRows(ParquetRows&& other) noexcept;
  ParquetRows& operator=(ParquetRows&& other) noexcept;
  ~ParquetRows();

  /// A row as wide as the columns.
  Result<void> add(const std::vector<TableCell>& row);
  /// A text about the file, under a key that is not used yet.
  void add_metadata(std::string_view key, std::string_view value);
  /// Must be called; without it the file is broken.
  Result<void> finish();

 private:
  class Writer;
  explicit ParquetRows(std::unique_ptr<Writer> writer);
  std::unique_ptr<Writer> writer_;
};

}  // namespace apportion
