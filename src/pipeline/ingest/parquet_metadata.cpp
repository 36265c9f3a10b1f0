#include "pipeline/ingest/parquet_metadata.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "foundation/base/text.h"

namespace apportion {
namespace {

// Reads thrift's compact protocol. What makes no sense reads as zeros, and `failed` says so.
class ThriftReader {
 public:
  explicit ThriftReader(std::string_view bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  std::size_t position() const { return at_; }

  std::int64_t integer() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

  // A size or count: never negative.
  std::uint64_t amount() {
    const std::int64_t value = integer();
    if (value < 0) fail();
    return failed_ ? 0 : static_cast<std::uint64_t>(value);
  }

  int small_integer() {
    const std::int64_t value = integer();
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) fail();
    return failed_ ? 0 : static_cast<int>(value);
  }

  // Sizes of pages have 32 bits.
  std::size_t size() {
    const int value = small_integer();
    if (value < 0) fail();
    return failed_ ? 0 : static_cast<std::size_t>(value);
  }

  std::string_view text() {
    const std::uint64_t size = varint();
    if (size > bytes_.size() - at_) fail();
    if (failed_) return {};
    const std::string_view found = bytes_.substr(at_, static_cast<std::size_t>(size));
    at_ += found.size();
    return found;
  }

  // Calls `read(id)` for each field of a struct; a field that it returns false for is skipped. Booleans are in
  // `is_true` then.
  template <class Read>
  void structure(Read read) {
    int id = 0;
    if (++depth_ > kDepthMax) fail();
    while (!failed_) {
      const unsigned head = byte();
      const int type = static_cast<int>(head & 0xf);
      if (failed_ || type == kStop) break;
      id = head >> 4 == 0 ? small_integer() : id + static_cast<int>(head >> 4);
      is_true_ = type == kTrue;
      if (!read(id)) skip(type);
    }
    --depth_;
  }

  bool is_true() const { return is_true_; }

  // Calls `read()` for each element.
  template <class Read>
  void list(Read read) {
    for (std::uint64_t left = list_size().first; left > 0 && !failed_; --left) read();
  }

 private:
  static constexpr int kStop = 0;
  static constexpr int kTrue = 1;
  static constexpr int kDepthMax = 32;

  void fail() { failed_ = true; }

  unsigned byte() {
    if (at_ == bytes_.size()) fail();
    return failed_ ? 0 : static_cast<unsigned char>(bytes_[at_++]);
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const unsigned next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
    fail();
    return 0;
  }

  std::pair<std::uint64_t, int> list_size() {
    const unsigned head = byte();
    const std::uint64_t size = head >> 4 == 15 ? varint() : head >> 4;
    if (size > bytes_.size() - at_) fail();  // each element takes a byte at least
    return {failed_ ? 0 : size, static_cast<int>(head & 0xf)};
  }

  void skip(int type) {
    switch (type) {
      case 1:
      case 2: break;  // booleans: in the type itself
      case 3: byte(); break;
      case 4:
      case 5:
      case 6: varint(); break;
      case 7: skip_bytes(8); break;
      case 8: text(); break;
      case 9:
      case 10: skip_list(); break;
      case 12: structure([](int) { return false; }); break;
      default: fail();  // maps do not occur
    }
  }

  void skip_list() {
    const auto [size, type] = list_size();
    if (++depth_ > kDepthMax) fail();
    const bool is_boolean = type == 1 || type == 2;
    for (std::uint64_t left = size; left > 0 && !failed_; --left) is_boolean ? skip_bytes(1) : skip(type);
    --depth_;
  }

  void skip_bytes(std::size_t count) {
    if (count > bytes_.size() - at_) fail();
    if (!failed_) at_ += count;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool is_true_ = false;
  bool failed_ = false;
};

// An element of the schema as the file has it.
struct SchemaElement {
  int physical = -1;
  int width = 0;
  int repetition = 0;
  std::string name;
  int children = 0;
  int converted = -1;
  int scale = 0;
  int precision = 0;
  int logical = -1;  // the field of the union
  bool in_utc = false;
  int unit = 0;  // the field of the union: 1 milli-, 2 micro-, 3 nanoseconds
  int bit_width = 0;
  bool is_signed = false;
};

enum Logical {
  kString = 1,
  kLogicalDecimal = 5,
  kLogicalDate = 6,
  kLogicalTimestamp = 8,
  kLogicalInteger = 10,
  kNothing = 11,  // of a column whose cells are all empty
};
enum Converted {
  kUtf8 = 0,
  kConvertedDecimal = 5,
  kConvertedDate = 6,
  kTimestampMillis = 9,
  kTimestampMicros = 10,
  kUnsigned8 = 11,
  kUnsigned64 = 14,
  kSigned8 = 15,
  kSigned64 = 18,
};

void read_logical_parts(ThriftReader& in, SchemaElement& element) {
  in.structure([&](int part) {
    if (element.logical == kLogicalTimestamp && part == 1) {
      element.in_utc = in.is_true();
    } else if (element.logical == kLogicalTimestamp && part == 2) {
      in.structure([&](int unit) {
        element.unit = unit;
        return false;
      });
      return true;
    } else if (element.logical == kLogicalInteger && part == 2) {
      element.is_signed = in.is_true();
    } else if (element.logical == kLogicalDecimal && part == 1) {
      element.scale = in.small_integer();
      return true;
    } else if (element.logical == kLogicalDecimal && part == 2) {
      element.precision = in.small_integer();
      return true;
    }
    return false;
  });
}

SchemaElement read_schema_element(ThriftReader& in) {
  SchemaElement element;
  in.structure([&](int id) {
    switch (id) {
      case 1: element.physical = in.small_integer(); return true;
      case 2: element.width = in.small_integer(); return true;
      case 3: element.repetition = in.small_integer(); return true;
      case 4: element.name = in.text(); return true;
      case 5: element.children = in.small_integer(); return true;
      case 6: element.converted = in.small_integer(); return true;
      case 7: element.scale = in.small_integer(); return true;
      case 8: element.precision = in.small_integer(); return true;
      case 10:
        in.structure([&](int which) {
          element.logical = which;
          read_logical_parts(in, element);
          return true;
        });
        return true;
      default: return false;
    }
  });
  return element;
}

bool is_whole_number(const SchemaElement& element) {
  if (element.logical >= 0) return element.logical == kLogicalInteger || element.logical == kNothing;
  return element.converted < 0 || (element.converted >= kUnsigned8 && element.converted <= kSigned64);
}

bool is_unsigned_number(const SchemaElement& element) {
  if (element.logical >= 0) return !element.is_signed;
  return element.converted >= kUnsigned8 && element.converted <= kUnsigned64;
}

std::optional<NumberFormat> moment_format(const SchemaElement& element) {
  NumberFormat format{NumberFormat::Kind::kMoment, 0, 0, true};
  if (element.logical == kLogicalTimestamp) {
    if (element.unit < 1 || element.unit > 3) return std::nullopt;
    format.scale = element.unit * 3;
    format.in_utc = element.in_utc;
  } else if (element.logical < 0 && element.converted == kTimestampMillis) {
    format.scale = 3;
  } else if (element.logical < 0 && element.converted == kTimestampMicros) {
    format.scale = 6;
  } else {
    return std::nullopt;
  }
  return format;
}

std::optional<NumberFormat> decimal_format(const SchemaElement& element) {
  const bool is_decimal =
      element.logical == kLogicalDecimal || (element.logical < 0 && element.converted == kConvertedDecimal);
  const bool fits =
      element.scale >= 0 && element.precision >= 1 && element.precision <= 38 && element.scale <= element.precision;
  if (!is_decimal || !fits) return std::nullopt;
  return NumberFormat{NumberFormat::Kind::kDecimal, element.precision, element.scale, false};
}

// What the numbers of a column say; nothing if it is not known here.
std::optional<NumberFormat> number_format(const SchemaElement& element, ParquetPhysical physical) {
  const bool has_meaning = element.logical >= 0 || element.converted >= 0;
  switch (physical) {
    case ParquetPhysical::kBoolean:
      if (has_meaning) return std::nullopt;
      return NumberFormat{NumberFormat::Kind::kBoolean, 0, 0, false};
    case ParquetPhysical::kInt32:
      if (element.logical == kLogicalDate || (element.logical < 0 && element.converted == kConvertedDate))
        return NumberFormat{NumberFormat::Kind::kDay, 0, 0, false};
      break;
    case ParquetPhysical::kInt64:
      if (const auto moment = moment_format(element)) return moment;
      break;
    case ParquetPhysical::kFixedBytes:
      if (element.width < 1 || element.width > 16) return std::nullopt;
      return decimal_format(element);
    default: return std::nullopt;
  }
  if (is_whole_number(element)) return NumberFormat{};
  return decimal_format(element);
}

std::optional<ParquetFileColumn> column_of(const SchemaElement& element) {
  constexpr int kRepeated = 2;
  if (element.children != 0 || element.repetition < 0 || element.repetition >= kRepeated || element.physical < 0 ||
      element.physical > 7)
    return std::nullopt;
  ParquetFileColumn column;
  column.name = element.name;
  column.physical = static_cast<ParquetPhysical>(element.physical);
  column.may_be_empty = element.repetition == 1;
  const bool has_meaning = element.logical >= 0 || element.converted >= 0;
  if (column.physical == ParquetPhysical::kBytes) {
    const bool is_text = element.logical == kString || (element.logical < 0 && element.converted == kUtf8);
    return is_text ? std::optional(column) : std::nullopt;
  }
  if (column.physical == ParquetPhysical::kDouble) return has_meaning ? std::nullopt : std::optional(column);
  const auto format = number_format(element, column.physical);
  if (!format) return std::nullopt;
  column.format = *format;
  column.width = static_cast<std::size_t>(element.width);
  column.is_unsigned = format->kind == NumberFormat::Kind::kInteger && has_meaning && is_unsigned_number(element);
  return column;
}

// A chunk with what decides whether it can be read here.
struct ChunkFound {
  ParquetChunk chunk;
  std::size_t rows = 0;
  int codec = -1;
  int physical = -1;
  std::optional<std::uint64_t> dictionary_start;
  bool is_elsewhere = false;  // in another file, or encrypted
  bool has_other_encoding = false;
};

void read_chunk_metadata(ThriftReader& in, ChunkFound& found) {
  in.structure([&](int id) {
    switch (id) {
      case 1: found.physical = in.small_integer(); return true;
      case 2:
        in.list([&] {
          const int encoding = in.small_integer();
          found.has_other_encoding =
              found.has_other_encoding || !(encoding == 0 || (encoding >= 2 && encoding <= 4) || encoding == 8);
        });
        return true;
      case 4: found.codec = in.small_integer(); return true;
      case 5: found.rows = in.amount(); return true;
      case 6: found.chunk.bytes_unpacked = in.amount(); return true;
      case 7: found.chunk.bytes = in.amount(); return true;
      case 9: found.chunk.start = in.amount(); return true;
      case 11: found.dictionary_start = in.amount(); return true;
      default: return false;
    }
  });
}

ChunkFound read_chunk(ThriftReader& in) {
  ChunkFound found;
  in.structure([&](int id) {
    if (id == 1 || id == 8 || id == 9) found.is_elsewhere = true;
    if (id != 3) return false;
    read_chunk_metadata(in, found);
    return true;
  });
  // Some writers name 0 for no dictionary; a file begins with its mark.
  if (found.dictionary_start && *found.dictionary_start > 0)
    found.chunk.start = std::min(found.chunk.start, *found.dictionary_start);
  return found;
}

bool is_known_codec(int codec) {
  return codec == static_cast<int>(ParquetCodec::kNone) || codec == static_cast<int>(ParquetCodec::kSnappy) ||
         codec == static_cast<int>(ParquetCodec::kGzip) || codec == static_cast<int>(ParquetCodec::kZstd);
}

struct GroupFound {
  std::size_t rows = 0;
  std::vector<ChunkFound> chunks;
};

GroupFound read_row_group(ThriftReader& in) {
  GroupFound group;
  in.structure([&](int id) {
    if (id == 1) {
      in.list([&] { group.chunks.push_back(read_chunk(in)); });
    } else if (id == 3) {
      group.rows = in.amount();
    } else {
      return false;
    }
    return true;
  });
  return group;
}

std::optional<ParquetRowGroup> row_group_of(const GroupFound& found, const std::vector<ParquetFileColumn>& columns,
                                            std::uint64_t file_bytes) {
  if (found.chunks.size() != columns.size()) return std::nullopt;
  ParquetRowGroup group{found.rows, {}};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const ChunkFound& chunk = found.chunks[i];
    const bool is_known = !chunk.is_elsewhere && !chunk.has_other_encoding && is_known_codec(chunk.codec) &&
                          chunk.rows == found.rows && chunk.physical == static_cast<int>(columns[i].physical) &&
                          chunk.chunk.start <= file_bytes && chunk.chunk.bytes <= file_bytes - chunk.chunk.start;
    if (!is_known) return std::nullopt;
    group.chunks.push_back(chunk.chunk);
    group.chunks.back().codec = static_cast<ParquetCodec>(chunk.codec);
  }
  return group;
}

}  // namespace

std::optional<ParquetFooter> read_parquet_footer(std::string_view bytes, std::uint64_t file_bytes) {
  ThriftReader in(bytes);
  std::vector<SchemaElement> schema;
  std::vector<GroupFound> groups;
  bool is_encrypted = false;
  in.structure([&](int id) {
    switch (id) {
      case 2: in.list([&] { schema.push_back(read_schema_element(in)); }); return true;
      case 4: in.list([&] { groups.push_back(read_row_group(in)); }); return true;
      case 8: is_encrypted = true; return false;
      default: return false;
    }
  });
  const bool is_flat = !schema.empty() && schema.front().children == static_cast<int>(schema.size()) - 1;
  if (in.failed() || is_encrypted || !is_flat || schema.size() < 2) return std::nullopt;
  ParquetFooter footer;
  std::set<std::string> names;
  for (std::size_t i = 1; i < schema.size(); ++i) {
    auto column = column_of(schema[i]);
    if (!column || column->name.empty() || !names.insert(ascii_lower(column->name)).second) return std::nullopt;
    footer.columns.push_back(std::move(*column));
  }
  for (const GroupFound& found : groups) {
    auto group = row_group_of(found, footer.columns, file_bytes);
    if (!group) return std::nullopt;
    footer.row_groups.push_back(std::move(*group));
  }
  return footer;
}

Error unreadable_parquet(const std::string& file_name, std::string why) {
  return {ErrorId::kParquetUnreadable, "the Parquet file cannot be read", file_name, std::move(why),
          "nothing of this run was imported; download or export it again"};
}

std::optional<ParquetPageHeader> read_parquet_page_header(std::string_view bytes) {
  ThriftReader in(bytes);
  ParquetPageHeader header;
  int kind = -1;
  bool has_values = false;
  const auto read_values = [&](int encoding_id) {
    in.structure([&](int id) {
      if (id == 1) {
        header.values = in.size();
      } else if (id == encoding_id) {
        header.encoding = in.small_integer();
      } else if (encoding_id == 4 && id == 5) {
        header.level_bytes = in.size();
      } else {
        if (encoding_id == 4 && id == 7) header.is_packed = in.is_true();
        return false;
      }
      return true;
    });
    has_values = true;
    return true;
  };
  in.structure([&](int id) {
    switch (id) {
      case 1: kind = in.small_integer(); return true;
      case 2: header.bytes_unpacked = in.size(); return true;
      case 3: header.bytes = in.size(); return true;
      case 5:
      case 7: return read_values(2);
      case 8: return read_values(4);
      default: return false;
    }
  });
  if (in.failed() || !has_values || !(kind == 0 || kind == 2 || kind == 3)) return std::nullopt;
  header.kind = static_cast<ParquetPageHeader::Kind>(kind);
  header.header_bytes = in.position();
  return header;
}

}  // namespace apportion
