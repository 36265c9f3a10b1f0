/// Reading CSV (RFC 4180) in blocks of whole records, so that several threads can parse one file.
///
/// `CsvBlockReader` cuts a byte stream where records end, counting records and lines as it goes; `parse_csv_block`
/// turns a block into a batch. Both agree on what a quote is: a field is quoted when its first character is a quote,
/// and quotes in it are doubled. A byte order mark at the start of any record is not data. A stray quote elsewhere
/// makes record ends uncertain, so it is an error of the file, not of a row.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/byte_reader.h"
#include "foundation/base/result.h"
#include "foundation/model/source_batch.h"

namespace apportion {

/// Whole records of a file, the last one ended by a line feed.
struct CsvBlock {
  std::string bytes;
  std::vector<std::uint64_t> marks;  ///< A bit for each byte, and one more: quotes, commas and line feeds.
  std::int64_t first_line = 1;
  std::int64_t first_record = 0;  ///< Of the file, the header being record 0; empty lines count as records.
  std::int64_t records = 0;
};

class CsvBlockReader {
 public:
  /// `reader` is owned. Blocks are about `block_bytes` (at least 1) long; a record may be up to `record_bytes_max`.
  CsvBlockReader(std::string file_name, std::unique_ptr<ByteReader> reader, std::size_t block_bytes = 1 << 20,
                 std::size_t record_bytes_max = 64 << 20);

  /// The next block; `records` 0 at the end. Fails if the stream does, and for a quote that is never closed.
  Result<void> next(CsvBlock& block);
  /// Whether everything has been returned.
  bool at_end() const { return at_end_ && rest_.empty(); }

 private:
  std::string file_name_;
  std::unique_ptr<ByteReader> reader_;
  std::size_t block_bytes_;
  std::size_t record_bytes_max_;
  std::string rest_;  // begun record
  std::int64_t line_ = 1;
  std::int64_t record_ = 0;
  bool at_end_ = false;
};

/// The fields of the first record of `block`, which is removed from it. Nothing if the block is empty.
Result<std::vector<std::string>> take_csv_header(const std::string& file_name, CsvBlock& block);

/// Fills `batch` (rows, columns, ordinals, lines, broken) with the records of `block`, each of `columns` fields, which
/// stay in the block. `ordinal_base` is the run's ordinal of the file's first record.
Result<void> parse_csv_block(const std::string& file_name, const CsvBlock& block, std::size_t columns,
                             std::int64_t ordinal_base, SourceBatch& batch);

}  // namespace apportion
