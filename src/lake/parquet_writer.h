/// ParquetWriter: writes rows that are already dictionary-coded to a Parquet file.
///
/// The importer knows each distinct text once, with a number for it. A general writer would hash every cell again; this
/// one writes the numbers as they are (docs/adr/0005-own-parquet-writer.md has the measurements). It writes only what
/// the lake needs: flat columns, zstd, one dictionary and one data page per column and row group. Format: Apache
/// Parquet 2.x, https://parquet.apache.org/docs/file-format/. Every file is read back by the engine in the tests.
///
/// Not thread-safe: one writer, one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/money/decimal.h"

namespace apportion {

enum class ParquetType {
  kText,
  kDecimal,
  kDay,
  kInteger,
  kMidnight,  ///< A day as the UTC timestamp of its first moment, for readers that expect timestamps.
};

struct ParquetColumn {
  std::string name;
  ParquetType type;
};

/// The dictionary index of an empty cell.
inline constexpr std::uint32_t kNullIndex = 0xffffffff;

class ParquetWriter {
 public:
  static Result<std::unique_ptr<ParquetWriter>> create(const std::filesystem::path& path,
                                                       std::vector<ParquetColumn> columns);
  virtual ~ParquetWriter() = default;

  /// Begin a row group, add each column once and in order, then end it. Spans are read only during the call.
  virtual void begin_row_group(std::size_t rows) = 0;
  /// `indices[row]` is a position in `dictionary`, or kNullIndex. Entries of the dictionary need not be distinct.
  virtual void text_column(std::span<const std::uint32_t> indices, std::span<const std::string_view> dictionary) = 0;
  virtual void decimal_column(std::span<const std::uint32_t> indices, std::span<const Decimal> dictionary) = 0;
  /// Also for kMidnight.
  virtual void day_column(std::span<const std::uint32_t> indices, std::span<const std::int32_t> dictionary) = 0;
  /// Decimals that are mostly distinct, without dictionary. `present` is empty if no cell is empty.
  virtual void decimal_column(std::span<const Decimal> values, std::span<const std::uint8_t> present) = 0;
  /// Whole numbers, none empty; constant steps (row numbers, lines) take almost no space.
  virtual void integer_column(std::span<const std::int64_t> values) = 0;
  /// Whole numbers with few distinct values, some empty.
  virtual void integer_column(std::span<const std::uint32_t> indices, std::span<const std::int64_t> dictionary) = 0;
  /// Writes the row group to the file. Fails if the disk does.
  virtual Result<void> end_row_group() = 0;

  /// Adds a text to the footer's metadata, under a key that is not used yet.
  virtual void add_metadata(std::string_view key, std::string_view value) = 0;
  /// Writes the footer, syncs the file to disk and closes it. Must be called; the destructor leaves a broken file.
  virtual Result<void> finish() = 0;

  virtual std::int64_t rows_written() const = 0;
  virtual std::int64_t bytes_written() const = 0;
};

}  // namespace apportion
