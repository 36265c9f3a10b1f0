/// Stand-ins: rows of an amortized run that say the same as rows of the actual run of the month, so that these need not
/// be kept whole (docs/adr/0063-stand-ins.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "foundation/money/decimal.h"
#include "lake/parquet_writer.h"
#include "pipeline/normalise/keyed_hash.h"

namespace apportion {

/// What the columns of a charge say, but for where the row comes from and its effective cost. Rows of one print are
/// taken to be the same.
using RowPrint = KeyedHash;

/// A row of an amortized run by 96 bits of its print.
struct PrintedRow {
  std::uint64_t first = 0;
  std::uint32_t second = 0;
  std::uint32_t ordinal_and_one = 0;  ///< 0: there is no row.
};

/// Keeps the prints of an amortized run's rows in a temporary file, while a worker reads them.
class PrintFile {
 public:
  explicit PrintFile(std::filesystem::path path) : path_(std::move(path)) {}
  Result<void> add(const RowPrint& print, std::int64_t ordinal);
  /// Writes what is pending. No prints, no file.
  Result<void> finish();

 private:
  std::filesystem::path path_;
  std::vector<PrintedRow> waiting_;
};

/// The rows of an amortized run by their prints. May be read from any thread.
class StandIns {
 public:
  /// Enough for six million rows. The actual run's rows that only rows beyond them equal are kept whole.
  static constexpr std::size_t kBytesMax = std::size_t{128} << 20;

  /// The rows of an import, of which the files of PrintFile are in `folder`.
  static Result<StandIns> read(const std::filesystem::path& folder, ImportId import, std::size_t bytes_max = kBytesMax);

  /// The first row of a print; nothing if none is known.
  std::optional<RowId> find(const RowPrint& print) const;
  /// Says that `find` will be called soon.
  void expect(const RowPrint& print) const { __builtin_prefetch(&slots_[place_of(print.first)]); }

  ImportId import() const { return import_; }

 private:
  StandIns(ImportId import, std::size_t slots) : import_(import), slots_(slots) {}

  std::size_t place_of(std::uint64_t first) const {
    return static_cast<std::size_t>((static_cast<UInt128>(first) * slots_.size()) >> 64);
  }
  std::size_t slot_of(std::uint64_t first, std::uint32_t second) const;
  Result<void> take_file(const std::filesystem::path& path);
  void add(std::span<const PrintedRow> rows);

  ImportId import_;
  std::vector<PrintedRow> slots_;  // some are always free
  std::size_t taken_ = 0;
};

/// Writes, of rows of an actual run, which row of the amortized run says the same, with what that one does not say: id,
/// import, file and line.
class StandInFile {
 public:
  StandInFile(std::filesystem::path path, ImportId import) : path_(std::move(path)), import_(import) {}

  void add(RowId row, std::int64_t line, const std::string& source_file, RowId stand_in);
  /// Rows that were added since the last row group.
  std::size_t rows_waiting() const { return row_ids_.size(); }
  Result<void> write_row_group();
  /// Writes what is pending, and the footer. `false` when there was no row and so no file.
  Result<bool> finish();

  const std::filesystem::path& path() const { return path_; }
  std::int64_t rows_written() const { return writer_ == nullptr ? 0 : writer_->rows_written(); }
  std::int64_t bytes_written() const { return writer_ == nullptr ? 0 : writer_->bytes_written(); }

 private:
  std::filesystem::path path_;
  ImportId import_;
  std::vector<std::int64_t> row_ids_, lines_, stand_ins_;
  std::vector<std::string> source_files_;  // a new one where it changes
  std::vector<std::uint32_t> file_of_row_;
  std::unique_ptr<ParquetWriter> writer_;
};

}  // namespace apportion
