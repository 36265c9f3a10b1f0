/// PartWriter: writes the files of a run one after another, as CSV (plain or gzip) or as Parquet.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "sample/dialect.h"
#include "sample/sample.h"

namespace apportion::sample {

class PartWriter {
 public:
  virtual ~PartWriter() = default;

  /// Starts a file with its header.
  virtual Result<void> begin(const std::filesystem::path& file) = 0;
  /// Adds a row. `row` counts through the whole run.
  virtual Result<void> add(const Cells& cells, std::uint64_t row) = 0;
  /// Bytes of the file so far, before compression.
  virtual std::uint64_t text_bytes() const = 0;
  /// Ends the file and returns its size on disk.
  virtual Result<std::uint64_t> finish() = 0;

  virtual std::string_view file_extension() const = 0;
};

std::unique_ptr<PartWriter> make_csv_writer(std::vector<FileColumn> columns, const Dialect& dialect, bool gzip);
/// `focus_times`: the dates of the rows are FOCUS times rather than US dates.
Result<std::unique_ptr<PartWriter>> make_parquet_writer(std::vector<FileColumn> columns, const Dialect& dialect,
                                                        bool focus_times);

/// Writes a small text file as a whole.
Result<void> write_text_file(const std::filesystem::path& file, std::string_view text);

}  // namespace apportion::sample
