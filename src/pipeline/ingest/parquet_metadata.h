/// What Parquet files say of themselves: the footer and the headers of pages.
///
/// Source: https://parquet.apache.org/docs/file-format/metadata/ and the thrift compact protocol specification. Files
/// that use more of the format than `ParquetFooter` has are for the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/source_values.h"

namespace apportion {

enum class ParquetPhysical {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kInt96 = 3,
  kFloat = 4,
  kDouble = 5,
  kBytes = 6,
  kFixedBytes = 7,
};

enum class ParquetEncoding {
  kPlain = 0,
  kPlainDictionary = 2,
  kRle = 3,
  kBitPacked = 4,  ///< Of levels, in old files.
  kRleDictionary = 8,
};

enum class ParquetCodec { kNone = 0, kSnappy = 1, kGzip = 2, kZstd = 6 };

struct ParquetFileColumn {
  std::string name;
  ParquetPhysical physical = ParquetPhysical::kBytes;
  std::size_t width = 0;      ///< Of fixed bytes.
  bool may_be_empty = false;  ///< Optional: the pages say which cells are empty.
  bool is_unsigned = false;   ///< Whole numbers.
  NumberFormat format;        ///< Of what is neither text nor floating.
  bool is_number() const { return physical != ParquetPhysical::kBytes && physical != ParquetPhysical::kDouble; }
};

/// The pages of a column in a row group.
struct ParquetChunk {
  ParquetCodec codec = ParquetCodec::kNone;
  std::uint64_t start = 0;           ///< In the file.
  std::uint64_t bytes = 0;           ///< In the file.
  std::uint64_t bytes_unpacked = 0;  ///< With the headers of pages.
};

struct ParquetRowGroup {
  std::size_t rows = 0;
  std::vector<ParquetChunk> chunks;  ///< By column.
};

struct ParquetFooter {
  std::vector<ParquetFileColumn> columns;
  std::vector<ParquetRowGroup> row_groups;
};

/// Reads the footer of a file of `file_bytes`; nothing if it makes no sense, or has what `ParquetFooter` cannot say:
/// nested columns, names that differ in case only, other types, codecs and encodings, encryption.
std::optional<ParquetFooter> read_parquet_footer(std::string_view footer, std::uint64_t file_bytes);

/// What is said of a file that cannot be read.
Error unreadable_parquet(const std::string& file_name, std::string why);

struct ParquetPageHeader {
  enum class Kind { kData = 0, kDictionary = 2, kData2 = 3 };
  Kind kind = Kind::kData;
  std::size_t header_bytes = 0;
  std::size_t bytes = 0;  ///< Behind the header, in the file.
  std::size_t bytes_unpacked = 0;
  std::size_t values = 0;       ///< Empty cells count.
  int encoding = 0;             ///< A ParquetEncoding, or one that is not known.
  std::size_t level_bytes = 0;  ///< kData2: of what says which cells are empty, in front of the values.
  bool is_packed = true;        ///< kData2: whether the values are compressed.
};

/// Reads the header at the front of `bytes`; nothing if it makes no sense, or does not end there.
std::optional<ParquetPageHeader> read_parquet_page_header(std::string_view bytes);

}  // namespace apportion
