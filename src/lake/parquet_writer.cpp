#include "lake/parquet_writer.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "lake/parquet_encoding.h"

namespace apportion {
namespace {

using parquet::ThriftWriter;

// Numbers of the Parquet format (parquet.thrift).
enum PhysicalType { kInt32 = 1, kInt64 = 2, kByteArray = 6, kFixedLenByteArray = 7 };
enum ConvertedType { kUtf8 = 0, kConvertedDecimal = 5, kDate = 6, kTimestampMicros = 10 };
enum Encoding { kPlain = 0, kRle = 3, kDeltaBinaryPacked = 5, kRleDictionary = 8 };
enum PageType { kDataPage = 0, kDictionaryPage = 2 };
constexpr int kOptional = 1;
constexpr int kZstd = 6;
constexpr int kDecimalBytes = 16;
constexpr int kDecimalPrecision = 38;
constexpr int kZstdLevel = 1;

PhysicalType physical_type(ParquetType type) {
  switch (type) {
    case ParquetType::kText: return kByteArray;
    case ParquetType::kDecimal: return kFixedLenByteArray;
    case ParquetType::kDay: return kInt32;
    case ParquetType::kInteger:
    case ParquetType::kMidnight: return kInt64;
  }
  return kByteArray;
}

void put_little_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

void put_plain(std::string& out, std::string_view value) {
  put_little_endian(out, value.size(), 4);
  out += value;
}

void put_plain(std::string& out, Decimal value) {
  static_assert(std::endian::native == std::endian::little, "the format wants the highest byte first");
  const auto units = static_cast<UInt128>(value.units());
  const std::uint64_t words[] = {__builtin_bswap64(static_cast<std::uint64_t>(units >> 64)),
                                 __builtin_bswap64(static_cast<std::uint64_t>(units))};
  static_assert(sizeof words == kDecimalBytes);
  out.append(reinterpret_cast<const char*>(words), sizeof words);
}

void put_plain(std::string& out, std::int32_t value) { put_little_endian(out, static_cast<std::uint32_t>(value), 4); }
void put_plain(std::string& out, std::int64_t value) { put_little_endian(out, static_cast<std::uint64_t>(value), 8); }

// A value as the bound of a range: its plain bytes, for a text without its length.
std::string bound_of(std::string_view value) { return std::string(value); }
template <class Value>
std::string bound_of(const Value& value) {
  std::string bytes;
  put_plain(bytes, value);
  return bytes;
}

// What the footer says of one column in one row group.
struct ColumnChunk {
  std::int64_t rows = 0;
  std::int64_t nulls = 0;
  std::optional<std::int64_t> dictionary_offset;
  std::int64_t data_offset = 0;
  std::int64_t bytes_uncompressed = 0;
  std::int64_t bytes_compressed = 0;
  Encoding encoding = kPlain;
  struct Range {
    std::string smallest;
    std::string largest;
  };
  std::optional<Range> range;  // no cell is outside; nothing when no cell is there, or its bounds would be long
};

struct RowGroup {
  std::int64_t rows = 0;
  std::vector<ColumnChunk> columns;
};

class Writer final : public ParquetWriter {
 public:
  Writer(std::filesystem::path path, int descriptor, std::vector<ParquetColumn> columns)
      : path_(std::move(path)), descriptor_(descriptor), columns_(std::move(columns)), zstd_(ZSTD_createCCtx()) {
    buffer_ = "PAR1";
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() override {
    ZSTD_freeCCtx(zstd_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void begin_row_group(std::size_t rows) override {
    row_groups_.push_back({static_cast<std::int64_t>(rows), {}});
    row_groups_.back().columns.reserve(columns_.size());
  }

  void text_column(std::span<const std::uint32_t> indices, std::span<const std::string_view> dictionary) override {
    expect_type(ParquetType::kText, indices.size());
    const bool is_mostly_distinct = dictionary.size() > indices.size() / 2 && dictionary.size() > 1000;
    ColumnChunk& chunk = is_mostly_distinct ? plain_page(indices, dictionary) : dictionary_pages(indices, dictionary);
    note_range(chunk, dictionary);
  }

  void decimal_column(std::span<const std::uint32_t> indices, std::span<const Decimal> dictionary) override {
    expect_type(ParquetType::kDecimal, indices.size());
    ColumnChunk& chunk = dictionary_pages(indices, dictionary);
    note_range(chunk, dictionary);
  }

  void day_column(std::span<const std::uint32_t> indices, std::span<const std::int32_t> dictionary) override {
    if (type_of_next_column() == ParquetType::kMidnight) return midnight_column(indices, dictionary);
    expect_type(ParquetType::kDay, indices.size());
    ColumnChunk& chunk = dictionary_pages(indices, dictionary);
    note_range(chunk, dictionary);
  }

  void integer_column(std::span<const std::uint32_t> indices, std::span<const std::int64_t> dictionary) override {
    expect_type(ParquetType::kInteger, indices.size());
    ColumnChunk& chunk = dictionary_pages(indices, dictionary);
    note_range(chunk, dictionary);
  }

  void decimal_column(std::span<const Decimal> values, std::span<const std::uint8_t> present) override {
    expect_type(ParquetType::kDecimal, values.size());
    ColumnChunk& chunk = new_chunk(values.size());
    page_.clear();
    if (present.empty()) {
      put_levels_all_present(values.size());
      page_.reserve(page_.size() + values.size() * kDecimalBytes);
      for (const Decimal value : values) put_plain(page_, value);
    } else {
      levels_.assign(present.begin(), present.end());
      put_levels();
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (present[i] != 0) {
          put_plain(page_, values[i]);
        } else {
          ++chunk.nulls;
        }
      }
    }
    chunk.encoding = kPlain;
    put_data_page(chunk);
    note_range(chunk, values, present);
  }

  void integer_column(std::span<const std::int64_t> values) override {
    expect_type(ParquetType::kInteger, values.size());
    ColumnChunk& chunk = new_chunk(values.size());
    page_.clear();
    put_levels_all_present(values.size());
    parquet::put_delta(page_, values);
    chunk.encoding = kDeltaBinaryPacked;
    put_data_page(chunk);
    note_range(chunk, values);
  }

  Result<void> end_row_group() override {
    const RowGroup& group = row_groups_.back();
    APPORTION_CHECK(group.columns.size() == columns_.size(), "a row group lacks columns");
    rows_ += group.rows;
    if (failure_) return *failure_;
    APPORTION_TRY(flush());
    for (std::string* text : {&buffer_, &page_, &scratch_, &compressed_}) release_if_large(*text);
    return ok();
  }

  void add_metadata(std::string_view key, std::string_view value) override { metadata_.emplace_back(key, value); }

  Result<void> finish() override {
    const std::size_t footer_start = buffer_.size();
    put_footer();
    const std::size_t footer_bytes = buffer_.size() - footer_start;
    put_little_endian(buffer_, footer_bytes, 4);
    buffer_ += "PAR1";
    APPORTION_TRY(flush());
    if (::fsync(descriptor_) != 0) return file_error("cannot write to disk", path_, errno);
    const int closed = ::close(std::exchange(descriptor_, -1));
    if (closed != 0) return file_error("cannot close", path_, errno);
    return ok();
  }

  std::int64_t rows_written() const override { return rows_; }
  std::int64_t bytes_written() const override { return flushed_; }

 private:
  ParquetType type_of_next_column() const {
    const RowGroup& group = row_groups_.back();
    APPORTION_CHECK(group.columns.size() < columns_.size(), "a row group has too many columns");
    return columns_[group.columns.size()].type;
  }

  void midnight_column(std::span<const std::uint32_t> indices, std::span<const std::int32_t> days) {
    constexpr std::int64_t kMicrosecondsOfDay = 86'400'000'000;
    expect_type(ParquetType::kMidnight, indices.size());
    std::vector<std::int64_t> moments;
    moments.reserve(days.size());
    for (const std::int32_t day : days) moments.push_back(day * kMicrosecondsOfDay);
    ColumnChunk& chunk = dictionary_pages(indices, std::span<const std::int64_t>(moments));
    note_range(chunk, std::span<const std::int64_t>(moments));
  }

  void expect_type(ParquetType type, std::size_t rows) const {
    const RowGroup& group = row_groups_.back();
    APPORTION_CHECK(group.columns.size() < columns_.size(), "a row group has too many columns");
    APPORTION_CHECK(columns_[group.columns.size()].type == type, columns_[group.columns.size()].name);
    APPORTION_CHECK(rows == static_cast<std::size_t>(group.rows),
                    "a column has not as many cells as its row group rows");
  }

  ColumnChunk& new_chunk(std::size_t rows) {
    ColumnChunk& chunk = row_groups_.back().columns.emplace_back();
    chunk.rows = static_cast<std::int64_t>(rows);
    return chunk;
  }

  // Definition levels: 1 where a cell is there. In a data page of version 1 they have their length in front.
  void put_levels() {
    const std::size_t start = page_.size();
    put_little_endian(page_, 0, 4);
    parquet::put_rle(page_, levels_, 1);
    const auto bytes = static_cast<std::uint32_t>(page_.size() - start - 4);
    for (std::size_t i = 0; i < 4; ++i) page_[start + i] = static_cast<char>(bytes >> (8 * i));
  }

  void put_levels_all_present(std::size_t rows) {
    scratch_.clear();
    parquet::put_varint(scratch_, static_cast<std::uint64_t>(rows) << 1);
    scratch_ += '\1';
    put_little_endian(page_, scratch_.size(), 4);
    page_ += scratch_;
  }

  // Fills `page_` with the levels of dictionary-coded cells and `values_` with the indices that are there.
  std::int64_t split_nulls(std::span<const std::uint32_t> indices) {
    page_.clear();
    if (std::find(indices.begin(), indices.end(), kNullIndex) == indices.end()) {
      put_levels_all_present(indices.size());
      values_ = indices;
      return 0;
    }
    levels_.resize(indices.size());
    present_.clear();
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const bool is_there = indices[i] != kNullIndex;
      levels_[i] = is_there ? 1 : 0;
      if (is_there) present_.push_back(indices[i]);
    }
    put_levels();
    values_ = present_;
    return static_cast<std::int64_t>(indices.size() - present_.size());
  }

  template <class Value>
  ColumnChunk& dictionary_pages(std::span<const std::uint32_t> indices, std::span<const Value> dictionary) {
    ColumnChunk& chunk = new_chunk(indices.size());
    scratch_.clear();
    for (const Value& value : dictionary) put_plain(scratch_, value);
    chunk.dictionary_offset = position();
    put_page(kDictionaryPage, dictionary.size(), scratch_, kPlain, chunk);

    chunk.nulls = split_nulls(indices);
    const int width = dictionary.empty() ? 0 : parquet::bit_width(static_cast<std::uint32_t>(dictionary.size() - 1));
    page_ += static_cast<char>(width);
    parquet::put_rle(page_, values_, width);
    chunk.encoding = kRleDictionary;
    put_data_page(chunk);
    return chunk;
  }

  ColumnChunk& plain_page(std::span<const std::uint32_t> indices, std::span<const std::string_view> dictionary) {
    ColumnChunk& chunk = new_chunk(indices.size());
    chunk.nulls = split_nulls(indices);
    std::size_t bytes = page_.size();
    for (const std::uint32_t index : values_) bytes += 4 + dictionary[index].size();
    page_.reserve(bytes);
    for (const std::uint32_t index : values_) put_plain(page_, dictionary[index]);
    chunk.encoding = kPlain;
    put_data_page(chunk);
    return chunk;
  }

  // `values`: those of the cells, or of a dictionary that may have more. Readers skip row groups by the range. Texts
  // compare by their bytes, as `std::string_view` does.
  template <class Value>
  static void note_range(ColumnChunk& chunk, std::span<const Value> values,
                         std::span<const std::uint8_t> present = {}) {
    constexpr std::size_t kBoundBytesMax = 128;
    const Value* smallest = nullptr;
    const Value* largest = nullptr;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!present.empty() && present[i] == 0) continue;
      if (smallest == nullptr || values[i] < *smallest) smallest = &values[i];
      if (largest == nullptr || *largest < values[i]) largest = &values[i];
    }
    if (smallest == nullptr || chunk.nulls == chunk.rows) return;
    ColumnChunk::Range range{bound_of(*smallest), bound_of(*largest)};
    if (std::max(range.smallest.size(), range.largest.size()) <= kBoundBytesMax) chunk.range = std::move(range);
  }

  void put_data_page(ColumnChunk& chunk) {
    chunk.data_offset = position();
    put_page(kDataPage, static_cast<std::size_t>(chunk.rows), page_, chunk.encoding, chunk);
  }

  void put_page(PageType type, std::size_t values, const std::string& content, Encoding encoding, ColumnChunk& chunk) {
    compressed_.resize(ZSTD_compressBound(content.size()));
    const std::size_t size =
        ZSTD_compressCCtx(zstd_, compressed_.data(), compressed_.size(), content.data(), content.size(), kZstdLevel);
    APPORTION_CHECK(ZSTD_isError(size) == 0, "zstd refused a page");
    const std::size_t header_start = buffer_.size();
    ThriftWriter header(buffer_);
    header.begin_struct();
    header.field_i32(1, type);
    header.field_i32(2, static_cast<std::int32_t>(content.size()));
    header.field_i32(3, static_cast<std::int32_t>(size));
    header.field_struct(type == kDataPage ? 5 : 7);
    header.field_i32(1, static_cast<std::int32_t>(values));
    header.field_i32(2, encoding);
    if (type == kDataPage) {
      header.field_i32(3, kRle);
      header.field_i32(4, kRle);
    }
    header.end_struct();
    header.end_struct();
    const auto header_bytes = static_cast<std::int64_t>(buffer_.size() - header_start);
    buffer_.append(compressed_.data(), size);
    chunk.bytes_uncompressed += header_bytes + static_cast<std::int64_t>(content.size());
    chunk.bytes_compressed += header_bytes + static_cast<std::int64_t>(size);
    flush_if_large();
  }

  // What wide columns needed is not kept: a file may wait long for its next row group.
  static void release_if_large(std::string& text) {
    constexpr std::size_t kBytesKept = std::size_t{4} << 20;
    if (text.capacity() > kBytesKept) std::string().swap(text);
  }

  // A row group has many pages: the file takes them as they come. A failure is told when the row group ends.
  void flush_if_large() {
    constexpr std::size_t kBytesMax = std::size_t{1} << 20;
    if (buffer_.size() < kBytesMax || failure_) return;
    if (Result<void> written = flush(); !written) failure_ = std::move(written).error();
  }

  void put_footer() {
    ThriftWriter footer(buffer_);
    footer.begin_struct();
    footer.field_i32(1, 2);
    footer.field_list(2, ThriftWriter::kTypeStruct, columns_.size() + 1);
    footer.element_struct();
    footer.field_text(4, "row");
    footer.field_i32(5, static_cast<std::int32_t>(columns_.size()));
    footer.end_struct();
    for (const ParquetColumn& column : columns_) put_schema(footer, column);
    footer.field_i64(3, rows_);
    footer.field_list(4, ThriftWriter::kTypeStruct, row_groups_.size());
    for (const RowGroup& group : row_groups_) put_row_group(footer, group);
    if (!metadata_.empty()) put_metadata(footer);
    footer.field_text(6, "apportion");
    put_column_orders(footer);
    footer.end_struct();
  }

  // That values compare in the order of their types: without it, readers must not trust the ranges.
  void put_column_orders(ThriftWriter& footer) const {
    footer.field_list(7, ThriftWriter::kTypeStruct, columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      footer.element_struct();
      footer.field_struct(1);
      footer.end_struct();
      footer.end_struct();
    }
  }

  void put_metadata(ThriftWriter& footer) const {
    footer.field_list(5, ThriftWriter::kTypeStruct, metadata_.size());
    for (const auto& [key, value] : metadata_) {
      footer.element_struct();
      footer.field_text(1, key);
      footer.field_text(2, value);
      footer.end_struct();
    }
  }

  static void put_schema(ThriftWriter& footer, const ParquetColumn& column) {
    footer.element_struct();
    footer.field_i32(1, physical_type(column.type));
    if (column.type == ParquetType::kDecimal) footer.field_i32(2, kDecimalBytes);
    footer.field_i32(3, kOptional);
    footer.field_text(4, column.name);
    if (column.type == ParquetType::kText) footer.field_i32(6, kUtf8);
    if (column.type == ParquetType::kDay) footer.field_i32(6, kDate);
    if (column.type == ParquetType::kMidnight) footer.field_i32(6, kTimestampMicros);
    if (column.type == ParquetType::kDecimal) {
      footer.field_i32(6, kConvertedDecimal);
      footer.field_i32(7, Decimal::kScale);
      footer.field_i32(8, kDecimalPrecision);
    }
    footer.end_struct();
  }

  void put_row_group(ThriftWriter& footer, const RowGroup& group) const {
    std::int64_t bytes = 0;
    for (const ColumnChunk& chunk : group.columns) bytes += chunk.bytes_uncompressed;
    footer.element_struct();
    footer.field_list(1, ThriftWriter::kTypeStruct, group.columns.size());
    for (std::size_t i = 0; i < group.columns.size(); ++i) {
      const ColumnChunk& chunk = group.columns[i];
      const std::int64_t start = chunk.dictionary_offset.value_or(chunk.data_offset);
      footer.element_struct();
      footer.field_i64(2, start);
      footer.field_struct(3);
      footer.field_i32(1, physical_type(columns_[i].type));
      footer.field_list(2, ThriftWriter::kTypeI32, 3);
      footer.element_i32(kPlain);
      footer.element_i32(kRle);
      footer.element_i32(chunk.encoding);
      footer.field_list(3, ThriftWriter::kTypeText, 1);
      footer.element_text(columns_[i].name);
      footer.field_i32(4, kZstd);
      footer.field_i64(5, chunk.rows);
      footer.field_i64(6, chunk.bytes_uncompressed);
      footer.field_i64(7, chunk.bytes_compressed);
      footer.field_i64(9, chunk.data_offset);
      if (chunk.dictionary_offset) footer.field_i64(11, *chunk.dictionary_offset);
      footer.field_struct(12);
      footer.field_i64(3, chunk.nulls);
      if (chunk.range) {
        footer.field_text(5, chunk.range->largest);
        footer.field_text(6, chunk.range->smallest);
      }
      footer.end_struct();
      footer.end_struct();
      footer.end_struct();
    }
    footer.field_i64(2, bytes);
    footer.field_i64(3, group.rows);
    footer.end_struct();
  }

  std::int64_t position() const { return flushed_ + static_cast<std::int64_t>(buffer_.size()); }

  Result<void> flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return file_error("cannot write", path_, errno);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    flushed_ += static_cast<std::int64_t>(buffer_.size());
    buffer_.clear();
    return ok();
  }

  std::filesystem::path path_;
  int descriptor_;
  std::vector<ParquetColumn> columns_;
  ZSTD_CCtx* zstd_;
  std::vector<RowGroup> row_groups_;
  std::vector<std::pair<std::string, std::string>> metadata_;
  std::int64_t rows_ = 0;
  std::int64_t flushed_ = 0;
  std::optional<Error> failure_;
  std::string buffer_;  // bytes of the file that are not written yet
  std::string page_;    // content of the page in work
  std::string scratch_;
  std::string compressed_;
  std::vector<std::uint32_t> levels_;
  std::vector<std::uint32_t> present_;
  std::span<const std::uint32_t> values_;
};

}  // namespace

Result<std::unique_ptr<ParquetWriter>> ParquetWriter::create(const std::filesystem::path& path,
                                                             std::vector<ParquetColumn> columns) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return file_error("cannot create", path, errno);
  return std::unique_ptr<ParquetWriter>(std::make_unique<Writer>(path, descriptor, std::move(columns)));
}

}  // namespace apportion
