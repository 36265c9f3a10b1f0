/// Reading the cells of one column of a Parquet file, page after page.
///
/// Cells whose page refers to the dictionary stay places in it. A batch that has cells of other pages as well gets
/// texts or numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/text_arena.h"
#include "foundation/model/source_batch.h"
#include "pipeline/ingest/parquet_metadata.h"

namespace apportion {

/// A file that is read at any place; from several threads at once.
class FileBytes {
 public:
  static Result<std::shared_ptr<FileBytes>> open(const std::string& path);
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes();

  std::uint64_t size() const { return size_; }
  /// Fills `buffer` from `start` on; fails if the file has not as many bytes there.
  Result<void> read(std::uint64_t start, std::span<char> buffer) const;

 private:
  FileBytes(std::string path, int descriptor, std::uint64_t size);
  std::string path_;
  int descriptor_;
  std::uint64_t size_;
};

/// Numbers that are packed as runs and groups of bits: levels, and places in a dictionary.
class RunReader {
 public:
  RunReader() = default;
  /// `bytes` must stay where they are, and `kParquetPadding` bytes behind them must be readable.
  RunReader(std::string_view bytes, unsigned width)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), width_(width) {}

  /// Reads `count` numbers; false if there are not as many.
  template <class Number>
  bool read(Number* numbers, std::size_t count);

 private:
  bool begin_run();

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  unsigned width_ = 0;
  std::size_t repeated_left_ = 0;
  std::uint32_t repeated_ = 0;
  std::size_t packed_left_ = 0;
  std::size_t packed_at_ = 0;     // a number of the group, from its front
  const char* packed_ = nullptr;  // the group
};

inline constexpr std::size_t kParquetPadding = 8;

/// What cells of a batch are stored in: kept until the batch has been used.
using KeptBytes = std::vector<std::shared_ptr<const void>>;

class ParquetColumnReader {
 public:
  /// Reads a chunk of `rows`. `column` and `file` must outlive this reader; `name` is that of the file.
  ParquetColumnReader(const ParquetFileColumn& column, const ParquetChunk& chunk, std::size_t rows,
                      std::shared_ptr<const FileBytes> file, std::string name);

  /// Passes over rows; pages of which no row counts are not unpacked.
  Result<void> skip(std::size_t rows);
  /// Fills the column `position` of `columns`, whose values were begun, with the next `rows` cells.
  Result<void> read(std::size_t rows, BatchColumns& columns, std::size_t position, KeptBytes& kept, TextArena& arena);

  /// The most rows that a page had so far.
  std::size_t rows_of_page_max() const { return rows_of_page_max_; }

 private:
  struct Bytes {
    explicit Bytes(std::size_t size) : data(std::make_unique_for_overwrite<char[]>(size)) {}
    std::unique_ptr<char[]> data;
    std::string_view content;  // of the page; kParquetPadding bytes around it can be read
  };

  Result<void> find_page();
  Result<void> open_page();
  Result<ParquetPageHeader> next_header();
  Result<std::string_view> file_bytes(std::uint64_t start, std::size_t count);
  Result<std::shared_ptr<Bytes>> unpack(std::string_view packed, std::size_t unpacked, bool is_packed,
                                        std::size_t in_front) const;
  Result<void> read_dictionary(const ParquetPageHeader& header);
  Result<void> begin_values(std::string_view values);

  Result<std::size_t> read_presence(std::size_t rows);
  Result<void> read_places(std::size_t rows, std::uint32_t* places);
  template <class Value>
  Result<void> read_plain(std::size_t count, Value* values, TextArena& arena);
  Result<void> read_plain_texts(std::size_t count, std::string_view* texts);
  Result<void> read_plain_doubles(std::size_t count, std::string_view* texts, TextArena& arena);
  Result<void> read_plain_numbers(std::size_t count, Int128* numbers);
  template <class Value>
  Result<void> read_values(std::size_t rows, Value* values, TextArena& arena);
  template <class Value>
  void spread(std::size_t rows, std::size_t count, Value* values, const Value& empty) const;
  void spell_out(std::size_t rows, BatchColumns& columns, std::size_t position);
  Error broken(std::string why) const;

  const ParquetFileColumn* column_;
  ParquetChunk chunk_;
  std::shared_ptr<const FileBytes> file_;
  std::string name_;

  std::uint64_t at_;  // of the next header
  std::uint64_t end_;
  std::size_t rows_left_;  // of the chunk, those of the current page included
  std::vector<char> window_;
  std::uint64_t window_start_ = 0;
  std::size_t window_bytes_ = 0;

  ParquetPageHeader header_;   // of the current page
  std::size_t page_left_ = 0;  // rows of the current page
  bool is_open_ = false;       // whether the current page is unpacked
  bool is_coded_ = false;      // the current page refers to the dictionary
  std::shared_ptr<Bytes> page_;
  const char* plain_at_ = nullptr;
  const char* plain_end_ = nullptr;
  std::size_t bit_ = 0;  // booleans: of the byte at plain_at_
  RunReader levels_;
  RunReader runs_;  // places, or booleans in runs
  bool are_booleans_runs_ = false;
  std::shared_ptr<const SourceDictionary> dictionary_;
  std::size_t rows_of_page_max_ = 0;

  std::vector<std::uint8_t> present_;   // of the rows that are read
  std::vector<std::uint32_t> scratch_;  // places
};

}  // namespace apportion
