#include "pipeline/ingest/parquet_column.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <isa-l/igzip_lib.h>
#include <snappy.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "foundation/base/files.h"
#include "foundation/base/utf8.h"
#include "pipeline/ingest/parquet_doubles.h"

namespace apportion {
namespace {

static_assert(std::endian::native == std::endian::little, "values of pages are copied as they are");

template <class Number>
Number number_at(const char* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

// Two's complement, the highest byte first.
Int128 big_endian(const char* bytes, std::size_t width) {
  UInt128 number = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0 ? ~UInt128{0} : UInt128{0};
  for (std::size_t i = 0; i < width; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<Int128>(number);
}

Int128 big_endian_of_16(const char* bytes) {
  const std::uint64_t high = __builtin_bswap64(number_at<std::uint64_t>(bytes));
  const std::uint64_t low = __builtin_bswap64(number_at<std::uint64_t>(bytes + 8));
  return static_cast<Int128>(static_cast<UInt128>(high) << 64 | low);
}

bool unpack_gzip(std::string_view packed, std::span<char> room) {
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  state.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(packed.data()));
  state.avail_in = static_cast<std::uint32_t>(packed.size());
  state.next_out = reinterpret_cast<std::uint8_t*>(room.data());
  state.avail_out = static_cast<std::uint32_t>(room.size());
  return isal_inflate_stateless(&state) == ISAL_DECOMP_OK && state.avail_out == 0;
}

bool unpack_to(ParquetCodec codec, std::string_view packed, std::span<char> room) {
  switch (codec) {
    case ParquetCodec::kNone:
      if (packed.size() != room.size()) return false;
      std::memcpy(room.data(), packed.data(), packed.size());
      return true;
    case ParquetCodec::kSnappy: {
      std::size_t size = 0;
      return snappy::GetUncompressedLength(packed.data(), packed.size(), &size) && size == room.size() &&
             snappy::RawUncompress(packed.data(), packed.size(), room.data());
    }
    case ParquetCodec::kGzip: return unpack_gzip(packed, room);
    case ParquetCodec::kZstd:
      return ZSTD_decompress(room.data(), room.size(), packed.data(), packed.size()) == room.size();
  }
  return false;
}

std::uint64_t next_dictionary_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

bool is_of_dictionary(int encoding) {
  return encoding == static_cast<int>(ParquetEncoding::kPlainDictionary) ||
         encoding == static_cast<int>(ParquetEncoding::kRleDictionary);
}

}  // namespace

Result<std::shared_ptr<FileBytes>> FileBytes::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return file_error("cannot open", path, errno);
  struct ::stat facts {};
  if (::fstat(descriptor, &facts) != 0) {
    const int failure = errno;
    ::close(descriptor);
    return file_error("cannot read", path, failure);
  }
  return std::shared_ptr<FileBytes>(new FileBytes(path, descriptor, static_cast<std::uint64_t>(facts.st_size)));
}

FileBytes::FileBytes(std::string path, int descriptor, std::uint64_t size)
    : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

FileBytes::~FileBytes() { ::close(descriptor_); }

Result<void> FileBytes::read(std::uint64_t start, std::span<char> buffer) const {
  while (!buffer.empty()) {
    const ssize_t count = ::pread(descriptor_, buffer.data(), buffer.size(), static_cast<off_t>(start));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("cannot read", path_, errno);
    if (count == 0) return file_error("cannot read", path_, EIO);
    buffer = buffer.subspan(static_cast<std::size_t>(count));
    start += static_cast<std::uint64_t>(count);
  }
  return ok();
}

bool RunReader::begin_run() {
  std::uint64_t head = 0;
  for (int shift = 0;; shift += 7) {
    if (at_ >= end_ || shift > 35) return false;
    const auto next = static_cast<unsigned char>(*at_++);
    head |= static_cast<std::uint64_t>(next & 0x7f) << shift;
    if (next < 0x80) break;
  }
  const auto left = static_cast<std::size_t>(end_ - at_);
  if ((head & 1) == 0) {
    const std::size_t bytes = (width_ + 7) / 8;
    if (bytes > left) return false;
    repeated_ = 0;
    std::memcpy(&repeated_, at_, bytes);
    repeated_ &= static_cast<std::uint32_t>((std::uint64_t{1} << width_) - 1);
    repeated_left_ = head >> 1;
    at_ += bytes;
    return true;
  }
  // A last group may be cut off behind the last number that counts.
  const std::size_t numbers = (head >> 1) * 8;
  const std::size_t bytes = std::min((head >> 1) * width_, left);
  packed_ = at_;
  packed_at_ = 0;
  packed_left_ = width_ == 0 ? numbers : std::min(numbers, bytes * 8 / width_);
  at_ += bytes;
  return true;
}

template <class Number>
bool RunReader::read(Number* numbers, std::size_t count) {
  while (count > 0) {
    if (repeated_left_ > 0) {
      const std::size_t some = std::min(count, repeated_left_);
      std::fill_n(numbers, some, static_cast<Number>(repeated_));
      repeated_left_ -= some;
      numbers += some;
      count -= some;
    } else if (packed_left_ > 0) {
      const std::size_t some = std::min(count, packed_left_);
      const std::uint64_t mask = (std::uint64_t{1} << width_) - 1;
      std::size_t bit = packed_at_ * width_;
      for (std::size_t i = 0; i < some; ++i, bit += width_)
        numbers[i] = static_cast<Number>(number_at<std::uint64_t>(packed_ + bit / 8) >> (bit % 8) & mask);
      packed_at_ += some;
      packed_left_ -= some;
      numbers += some;
      count -= some;
    } else if (!begin_run()) {
      return false;
    }
  }
  return true;
}

ParquetColumnReader::ParquetColumnReader(const ParquetFileColumn& column, const ParquetChunk& chunk, std::size_t rows,
                                         std::shared_ptr<const FileBytes> file, std::string name)
    : column_(&column),
      chunk_(chunk),
      file_(std::move(file)),
      name_(std::move(name)),
      at_(chunk.start),
      end_(chunk.start + chunk.bytes),
      rows_left_(rows) {}

Error ParquetColumnReader::broken(std::string why) const {
  return unreadable_parquet(name_, fmt::format("column `{}`: {}", column_->name, why));
}

// Bytes of the file, valid until the next call. Reads some more, since what follows is asked for next.
Result<std::string_view> ParquetColumnReader::file_bytes(std::uint64_t start, std::size_t count) {
  constexpr std::size_t kBytesAtOnce = 32 * 1024;
  if (start < window_start_ || start + count > window_start_ + window_bytes_) {
    const auto left = static_cast<std::size_t>(end_ - start);
    const std::size_t wanted = std::min(left, std::max(count, kBytesAtOnce));
    if (window_.size() < wanted) window_ = std::vector<char>(wanted);
    window_bytes_ = 0;
    APPORTION_TRY(file_->read(start, std::span(window_).first(wanted)));
    window_start_ = start;
    window_bytes_ = wanted;
  }
  return std::string_view(window_.data() + (start - window_start_), count);
}

// Headers have texts in them, so how long one is shows when it has been read.
Result<ParquetPageHeader> ParquetColumnReader::next_header() {
  constexpr std::size_t kBytesMax = 16 << 20;
  const auto left = static_cast<std::size_t>(end_ - at_);
  for (std::size_t bytes = std::min<std::size_t>(left, 1024);; bytes = std::min(left, bytes * 8)) {
    APPORTION_ASSIGN(const std::string_view window, file_bytes(at_, bytes));
    if (const auto header = read_parquet_page_header(window)) {
      if (header->bytes > left - header->header_bytes) return broken("a page is longer than the column");
      if (header->bytes_unpacked > chunk_.bytes_unpacked)
        return broken("a page is longer than the footer says that the column is");
      return *header;
    }
    if (bytes == left || bytes > kBytesMax) return broken("the header of a page makes no sense");
  }
}

Result<std::shared_ptr<ParquetColumnReader::Bytes>> ParquetColumnReader::unpack(std::string_view packed,
                                                                                std::size_t unpacked, bool is_packed,
                                                                                std::size_t in_front) const {
  auto bytes = std::make_shared<Bytes>(in_front + kParquetPadding + unpacked + kParquetPadding);
  char* const room = bytes->data.get() + in_front + kParquetPadding;
  bytes->content = {room, unpacked};
  const ParquetCodec codec = is_packed ? chunk_.codec : ParquetCodec::kNone;
  if (unpacked > 0 && !unpack_to(codec, packed, std::span(room, unpacked)))
    return broken("a page cannot be decompressed");
  return bytes;
}

// Goes on to the next page that has rows; it is not unpacked yet.
Result<void> ParquetColumnReader::find_page() {
  while (true) {
    if (at_ >= end_) return broken("it has fewer rows than the row group");
    APPORTION_ASSIGN(const ParquetPageHeader header, next_header());
    at_ += header.header_bytes;
    if (header.kind == ParquetPageHeader::Kind::kDictionary) APPORTION_TRY(read_dictionary(header));
    at_ += header.bytes;
    if (header.kind == ParquetPageHeader::Kind::kDictionary || header.values == 0) continue;
    if (header.values > rows_left_) return broken("it has more rows than the row group");
    header_ = header;
    page_left_ = header.values;
    is_open_ = false;
    rows_of_page_max_ = std::max(rows_of_page_max_, page_left_);
    return ok();
  }
}

Result<void> ParquetColumnReader::read_dictionary(const ParquetPageHeader& header) {
  APPORTION_ASSIGN(const std::string_view packed, file_bytes(at_, header.bytes));
  if (dictionary_ != nullptr) return broken("it has a second dictionary");
  APPORTION_ASSIGN(page_, unpack(packed, header.bytes_unpacked, true, 0));
  const bool is_plain = header.encoding == static_cast<int>(ParquetEncoding::kPlain) ||
                        header.encoding == static_cast<int>(ParquetEncoding::kPlainDictionary);
  if (!is_plain) return broken("its dictionary is encoded in an unknown way");
  plain_at_ = page_->content.data();
  plain_end_ = plain_at_ + page_->content.size();
  bit_ = 0;
  are_booleans_runs_ = false;
  // A value takes a byte at least.
  if (header.values > page_->content.size()) return broken("its dictionary ends too early");
  auto dictionary = std::make_shared<SourceDictionary>();
  dictionary->id = next_dictionary_id();
  dictionary->format = column_->format;
  if (column_->is_number()) {
    dictionary->numbers.resize(header.values);
    APPORTION_TRY(read_plain_numbers(header.values, dictionary->numbers.data()));
    dictionary_ = std::move(dictionary);
    return ok();
  }
  dictionary->texts.resize(header.values);
  if (column_->physical == ParquetPhysical::kDouble) {
    auto arena = std::make_shared<TextArena>();
    APPORTION_TRY(read_plain_doubles(header.values, dictionary->texts.data(), *arena));
    dictionary->bytes = std::move(arena);
  } else {
    APPORTION_TRY(read_plain_texts(header.values, dictionary->texts.data()));
    dictionary->bytes = page_;
  }
  dictionary_ = std::move(dictionary);
  return ok();
}

Result<void> ParquetColumnReader::open_page() {
  is_open_ = true;
  APPORTION_ASSIGN(const std::string_view packed, file_bytes(at_ - header_.bytes, header_.bytes));
  if (header_.kind == ParquetPageHeader::Kind::kData) {
    APPORTION_ASSIGN(page_, unpack(packed, header_.bytes_unpacked, true, 0));
    std::string_view values = page_->content;
    if (column_->may_be_empty) {
      constexpr std::size_t kSizeBytes = 4;
      if (values.size() < kSizeBytes) return broken("a page ends too early");
      const std::size_t size = number_at<std::uint32_t>(values.data());
      values.remove_prefix(kSizeBytes);
      if (size > values.size()) return broken("a page ends too early");
      levels_ = RunReader(values.substr(0, size), 1);
      values.remove_prefix(size);
    }
    return begin_values(values);
  }
  // Levels are not compressed; the values are, unless the header says otherwise.
  const std::size_t levels = header_.level_bytes;
  if (levels > packed.size() || levels > header_.bytes_unpacked) return broken("a page ends too early");
  APPORTION_ASSIGN(page_, unpack(packed.substr(levels), header_.bytes_unpacked - levels, header_.is_packed, levels));
  std::memcpy(page_->data.get(), packed.data(), levels);
  if (column_->may_be_empty) levels_ = RunReader({page_->data.get(), levels}, 1);
  return begin_values(page_->content);
}

Result<void> ParquetColumnReader::begin_values(std::string_view values) {
  is_coded_ = is_of_dictionary(header_.encoding);
  are_booleans_runs_ = false;
  plain_at_ = values.data();
  plain_end_ = plain_at_ + values.size();
  bit_ = 0;
  if (is_coded_) {
    if (dictionary_ == nullptr) return broken("a page refers to a dictionary that is not there");
    const unsigned width = values.empty() ? 0 : static_cast<unsigned char>(values[0]);
    if (width > 32) return broken("a page refers to its dictionary in an unknown way");
    runs_ = RunReader(values.empty() ? values : values.substr(1), width);
  } else if (header_.encoding == static_cast<int>(ParquetEncoding::kRle) &&
             column_->physical == ParquetPhysical::kBoolean) {
    constexpr std::size_t kSizeBytes = 4;
    are_booleans_runs_ = true;
    runs_ = RunReader(values.size() < kSizeBytes ? std::string_view() : values.substr(kSizeBytes), 1);
  } else if (header_.encoding != static_cast<int>(ParquetEncoding::kPlain)) {
    return broken("a page is encoded in a way that the footer does not name");
  }
  return ok();
}

// Which of the next rows of the page have a value, and how many.
Result<std::size_t> ParquetColumnReader::read_presence(std::size_t rows) {
  if (!column_->may_be_empty) return rows;
  present_.resize(rows);
  if (!levels_.read(present_.data(), rows)) return broken("a page ends too early");
  std::size_t count = 0;
  for (const std::uint8_t present : present_) count += present;
  return count;
}

// Moves `count` values, which are those of the rows that have one, to their rows.
template <class Value>
void ParquetColumnReader::spread(std::size_t rows, std::size_t count, Value* values, const Value& empty) const {
  if (count == rows) return;
  for (std::size_t row = rows; row > 0; --row) values[row - 1] = present_[row - 1] != 0 ? values[--count] : empty;
}

Result<void> ParquetColumnReader::read_places(std::size_t rows, std::uint32_t* places) {
  APPORTION_ASSIGN(const std::size_t count, read_presence(rows));
  if (!runs_.read(places, count)) return broken("a page ends too early");
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, places[i]);
  if (count > 0 && largest >= dictionary_->size()) return broken("a page refers to what its dictionary does not have");
  spread(rows, count, places, kNoPlace);
  return ok();
}

Result<void> ParquetColumnReader::read_plain_texts(std::size_t count, std::string_view* texts) {
  constexpr std::size_t kSizeBytes = 4;
  for (std::size_t i = 0; i < count; ++i) {
    const auto left = static_cast<std::size_t>(plain_end_ - plain_at_);
    const std::size_t size = left < kSizeBytes ? left : number_at<std::uint32_t>(plain_at_);
    if (left < kSizeBytes || size > left - kSizeBytes) return broken("a text ends behind its page");
    texts[i] = {plain_at_ + kSizeBytes, size};
    plain_at_ += kSizeBytes + size;
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_utf8(texts[i])) return broken("a text is not UTF-8");
  }
  return ok();
}

Result<void> ParquetColumnReader::read_plain_doubles(std::size_t count, std::string_view* texts, TextArena& arena) {
  constexpr std::size_t kWidth = 8;
  if (static_cast<std::size_t>(plain_end_ - plain_at_) < count * kWidth) return broken("a page ends too early");
  for (std::size_t i = 0; i < count; ++i, plain_at_ += kWidth) texts[i] = text_of_double(plain_at_, arena);
  return ok();
}

Result<void> ParquetColumnReader::read_plain_numbers(std::size_t count, Int128* numbers) {
  const auto left = static_cast<std::size_t>(plain_end_ - plain_at_);
  const auto take = [&](std::size_t width, auto number_of) -> Result<void> {
    if (left < count * width) return broken("a page ends too early");
    for (std::size_t i = 0; i < count; ++i, plain_at_ += width) numbers[i] = number_of(plain_at_);
    return ok();
  };
  switch (column_->physical) {
    case ParquetPhysical::kInt32:
      if (column_->is_unsigned) return take(4, [](const char* at) { return Int128{number_at<std::uint32_t>(at)}; });
      return take(4, [](const char* at) { return Int128{number_at<std::int32_t>(at)}; });
    case ParquetPhysical::kInt64:
      if (column_->is_unsigned) return take(8, [](const char* at) { return Int128{number_at<std::uint64_t>(at)}; });
      return take(8, [](const char* at) { return Int128{number_at<std::int64_t>(at)}; });
    case ParquetPhysical::kFixedBytes: {
      const std::size_t width = column_->width;
      if (width == 16) return take(16, big_endian_of_16);
      return take(width, [width](const char* at) { return big_endian(at, width); });
    }
    default: break;
  }
  if (are_booleans_runs_) {
    scratch_.resize(count);
    if (!runs_.read(scratch_.data(), count)) return broken("a page ends too early");
    std::copy_n(scratch_.begin(), count, numbers);
    return ok();
  }
  if (left * 8 < bit_ + count) return broken("a page ends too early");
  for (std::size_t i = 0; i < count; ++i, ++bit_) numbers[i] = plain_at_[bit_ / 8] >> (bit_ % 8) & 1;
  return ok();
}

template <class Value>
Result<void> ParquetColumnReader::read_plain(std::size_t count, Value* values, TextArena& arena) {
  if constexpr (std::is_same_v<Value, Int128>) {
    return read_plain_numbers(count, values);
  } else {
    return column_->physical == ParquetPhysical::kDouble ? read_plain_doubles(count, values, arena)
                                                         : read_plain_texts(count, values);
  }
}

// The values of the next rows of the page, whether or not they are places in the dictionary.
template <class Value>
Result<void> ParquetColumnReader::read_values(std::size_t rows, Value* values, TextArena& arena) {
  if (!is_coded_) {
    APPORTION_ASSIGN(const std::size_t count, read_presence(rows));
    APPORTION_TRY(read_plain(count, values, arena));
    spread(rows, count, values, Value{});
    if (!column_->may_be_empty) present_.assign(rows, 1);
    return ok();
  }
  scratch_.resize(rows);
  APPORTION_TRY(read_places(rows, scratch_.data()));
  present_.resize(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    present_[row] = scratch_[row] == kNoPlace ? 0 : 1;
    if constexpr (std::is_same_v<Value, Int128>) {
      values[row] = scratch_[row] == kNoPlace ? 0 : dictionary_->numbers[scratch_[row]];
    } else {
      values[row] = scratch_[row] == kNoPlace ? std::string_view() : dictionary_->texts[scratch_[row]];
    }
  }
  return ok();
}

// The first `rows` cells of the batch, which are places so far, become what they stand for.
void ParquetColumnReader::spell_out(std::size_t rows, BatchColumns& columns, std::size_t position) {
  const std::vector<std::uint32_t>& places = columns.fill_codes(position).places;
  if (column_->is_number()) {
    NumberCells& cells = columns.fill_numbers(position);
    cells.format = column_->format;
    cells.numbers.resize(places.size());
    cells.present.resize(places.size());
    for (std::size_t row = 0; row < rows; ++row) {
      cells.present[row] = places[row] == kNoPlace ? 0 : 1;
      cells.numbers[row] = places[row] == kNoPlace ? 0 : dictionary_->numbers[places[row]];
    }
    return;
  }
  auto& texts = columns.fill_texts(position);
  texts.resize(places.size());
  for (std::size_t row = 0; row < rows; ++row)
    texts[row] = places[row] == kNoPlace ? std::string_view() : dictionary_->texts[places[row]];
}

Result<void> ParquetColumnReader::read(std::size_t rows, BatchColumns& columns, std::size_t position, KeptBytes& kept,
                                       TextArena& arena) {
  CodedCells& coded = columns.fill_codes(position);
  coded.places.resize(rows);
  bool is_coded = true;
  for (std::size_t done = 0; done < rows;) {
    if (page_left_ == 0) APPORTION_TRY(find_page());
    if (!is_open_) APPORTION_TRY(open_page());
    const std::size_t some = std::min(rows - done, page_left_);
    if (is_coded && !is_coded_) {
      is_coded = false;
      spell_out(done, columns, position);
    }
    if (is_coded) {
      coded.dictionary = dictionary_;
      APPORTION_TRY(read_places(some, coded.places.data() + done));
    } else if (column_->is_number()) {
      NumberCells& cells = columns.fill_numbers(position);
      APPORTION_TRY(read_values(some, cells.numbers.data() + done, arena));
      std::copy_n(present_.begin(), some, cells.present.begin() + static_cast<std::ptrdiff_t>(done));
    } else {
      kept.push_back(page_);
      if (dictionary_ != nullptr) kept.push_back(dictionary_);
      APPORTION_TRY(read_values(some, columns.fill_texts(position).data() + done, arena));
    }
    done += some;
    page_left_ -= some;
    rows_left_ -= some;
  }
  return ok();
}

Result<void> ParquetColumnReader::skip(std::size_t rows) {
  constexpr std::size_t kRowsAtOnce = 8192;
  BatchColumns passed;
  passed.begin_values(1);
  while (rows > 0) {
    if (page_left_ == 0) APPORTION_TRY(find_page());
    const std::size_t some = std::min(rows, page_left_);
    if (some == page_left_ && !is_open_) {
      page_left_ = 0;
      rows_left_ -= some;
      rows -= some;
      continue;
    }
    KeptBytes kept;
    TextArena arena;
    const std::size_t step = std::min(some, kRowsAtOnce);
    APPORTION_TRY(read(step, passed, 0, kept, arena));
    rows -= step;
  }
  return ok();
}

}  // namespace apportion
