/// Reading Parquet exports: flat files of usual types by our own reader, whose cells stay numbers and places in
/// dictionaries; all others by the engine, which makes every cell a text. Both give the same texts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/source_batch.h"
#include "store/control_plane.h"

namespace apportion {

/// What one worker reads a file by. Must not outlive its source.
class ParquetRows {
 public:
  virtual ~ParquetRows() = default;
  /// Takes the next rows of the file, so that no other worker does; how many, 0 at its end. By one worker at a time.
  virtual Result<std::size_t> take() = 0;
  /// Fills `batch` with rows of those that were taken; `false` if none are left. Lines are row numbers of the file,
  /// from 1; ordinals count from the first row of the batch. Cells are valid until the next call.
  virtual Result<bool> next(SourceBatch& batch) = 0;
};

class ParquetSource {
 public:
  /// Opens a local file; fills `file` with its bytes and content hash.
  static Result<std::unique_ptr<ParquetSource>> open(const std::string& name, const std::string& path,
                                                     const std::string& temporary_folder, SourceFile& file);
  virtual ~ParquetSource() = default;

  virtual const std::vector<std::string>& header() const = 0;
  /// At least the first 2,000 rows, or all, to decide on formats. Valid until rows are taken.
  virtual Result<const SourceBatch*> first_rows() = 0;
  virtual std::unique_ptr<ParquetRows> make_rows() = 0;
};

/// The source that asks the engine, for files that our own reader does not know; also what tests compare it with.
Result<std::unique_ptr<ParquetSource>> open_parquet_by_engine(const std::string& name, const std::string& path,
                                                              const std::string& temporary_folder);
/// Our own reader; null for files that it does not know.
Result<std::unique_ptr<ParquetSource>> open_parquet_by_pages(const std::string& name, const std::string& path);

}  // namespace apportion
