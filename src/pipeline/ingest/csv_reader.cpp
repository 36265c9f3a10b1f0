#include "pipeline/ingest/csv_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// A bit for each of 64 bytes: quotes and line feeds.
struct Marks {
  std::uint64_t quotes;
  std::uint64_t line_feeds;
};

Marks marks_of(const char* bytes) {
  Marks marks{0, 0};
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i line_feed = _mm_set1_epi8('\n');
  for (int i = 0; i < 4; ++i) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * i));
    const auto quotes = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(part, quote)));
    const auto feeds = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(part, line_feed)));
    marks.quotes |= static_cast<std::uint64_t>(quotes) << (16 * i);
    marks.line_feeds |= static_cast<std::uint64_t>(feeds) << (16 * i);
  }
#else
  for (int i = 0; i < 64; ++i) {
    marks.quotes |= static_cast<std::uint64_t>(bytes[i] == '"') << i;
    marks.line_feeds |= static_cast<std::uint64_t>(bytes[i] == '\n') << i;
  }
#endif
  return marks;
}

// Bit i is set when an odd number of bits up to and with i is set: inside quotes.
std::uint64_t parity_prefix(std::uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

// Finds where the last record of `bytes` ends and counts what is before.
struct Scan {
  std::size_t records_end = 0;  // one past the last line feed outside quotes
  std::int64_t records = 0;
  std::int64_t lines = 0;  // line feeds before records_end, in quotes or not
};

Scan scan_records(std::string_view bytes) {
  Scan scan;
  std::uint64_t inside = 0;  // all ones while in quotes
  std::int64_t lines = 0;
  char tail[64];
  for (std::size_t at = 0; at < bytes.size(); at += 64) {
    const char* chunk = bytes.data() + at;
    if (bytes.size() - at < 64) {
      std::memset(tail, 0, sizeof tail);
      std::memcpy(tail, chunk, bytes.size() - at);
      chunk = tail;
    }
    const Marks marks = marks_of(chunk);
    const std::uint64_t quoted = parity_prefix(marks.quotes) ^ inside;
    const std::uint64_t ends = marks.line_feeds & ~quoted;
    if (ends != 0) {
      const int last = 63 - std::countl_zero(ends);
      scan.records += std::popcount(ends);
      scan.records_end = at + static_cast<std::size_t>(last) + 1;
      const std::uint64_t up_to_last = last == 63 ? ~std::uint64_t{0} : (std::uint64_t{1} << (last + 1)) - 1;
      scan.lines = lines + std::popcount(marks.line_feeds & up_to_last);
    }
    lines += std::popcount(marks.line_feeds);
    inside = static_cast<std::uint64_t>(static_cast<std::int64_t>(quoted) >> 63);
  }
  return scan;
}

Error quote_error(const std::string& file, std::int64_t line, std::string why) {
  return {ErrorId::kCsvBroken, "the CSV file is broken", fmt::format("{}, line {}", file, line), std::move(why),
          "export the month again; if the file was edited by hand or in a spreadsheet, use the original"};
}

// First comma, line feed or quote at or after `at`. The block ends in a line feed, so there is one.
const char* find_delimiter(const char* at, const char* end) {
#if defined(__SSE2__)
  const __m128i comma = _mm_set1_epi8(',');
  const __m128i feed = _mm_set1_epi8('\n');
  const __m128i quote = _mm_set1_epi8('"');
  while (end - at >= 16) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i found = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(part, comma), _mm_cmpeq_epi8(part, feed)),
                                       _mm_cmpeq_epi8(part, quote));
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(found));
    if (mask != 0) return at + std::countr_zero(mask);
    at += 16;
  }
#endif
  while (at < end && *at != ',' && *at != '\n' && *at != '"') ++at;
  return at;
}

std::string_view without_carriage_return(const char* start, const char* end) {
  if (end > start && end[-1] == '\r') --end;
  return {start, static_cast<std::size_t>(end - start)};
}

// Parses one record after another out of a block.
class RecordParser {
 public:
  RecordParser(const std::string& file, const CsvBlock& block, TextArena& arena)
      : file_(&file),
        arena_(&arena),
        at_(block.bytes.data()),
        end_(at_ + block.bytes.size()),
        line_(block.first_line) {}

  bool at_end() const { return at_ == end_; }
  std::int64_t line() const { return line_; }
  const char* position() const { return at_; }

  // To call before each record: skips byte order marks, which some writers put at the head of records too, and then an
  // empty line, if there is one here.
  bool skip_empty_line() {
    while (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(kByteOrderMark)) {
      at_ += kByteOrderMark.size();
    }
    const char* at = at_;
    if (*at == '\r') ++at;
    if (at == end_ || *at != '\n') return false;
    at_ = at + 1;
    ++line_;
    return true;
  }

  // Calls `take(column, text)` for each field of the record; returns how many there were.
  template <class Take>
  Result<std::size_t> next(Take take) {
    std::size_t column = 0;
    while (true) {
      std::string_view field;
      if (*at_ == '"') {
        APPORTION_ASSIGN(field, quoted_field());
      } else {
        const char* start = at_;
        at_ = find_delimiter(at_, end_);
        if (*at_ == '"') {
          return quote_error(*file_, line_,
                             fmt::format("there is a quote inside a field that does not start with one: `{}`",
                                         excerpt({start, static_cast<std::size_t>(at_ - start + 1)})));
        }
        field = *at_ == '\n' ? without_carriage_return(start, at_)
                             : std::string_view(start, static_cast<std::size_t>(at_ - start));
      }
      take(column++, field);
      if (*at_++ == '\n') break;
    }
    ++line_;
    return column;
  }

 private:
  // At an opening quote; leaves `at_` at the comma or line feed behind the closing one.
  Result<std::string_view> quoted_field() {
    const char* start = ++at_;
    bool has_doubled = false;
    while (true) {
      at_ = static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
      if (at_ == nullptr) return quote_error(*file_, line_, "a quote is never closed");
      if (at_ + 1 == end_ || at_[1] != '"') break;
      has_doubled = true;
      at_ += 2;
    }
    const std::string_view raw(start, static_cast<std::size_t>(at_ - start));
    ++at_;
    if (at_ < end_ && *at_ == '\r' && at_ + 1 < end_ && at_[1] == '\n') ++at_;
    if (at_ == end_ || (*at_ != ',' && *at_ != '\n')) {
      return quote_error(*file_, line_, fmt::format("text follows the closing quote of `{}`", excerpt(raw)));
    }
    line_ += std::count(raw.begin(), raw.end(), '\n');
    return has_doubled ? undoubled(raw) : raw;
  }

  std::string_view undoubled(std::string_view raw) {
    char* const text = arena_->allocate(raw.size());
    char* end = text;
    std::size_t from = 0;
    while (true) {
      const std::size_t quote = raw.find('"', from);
      const std::size_t count = (quote == std::string_view::npos ? raw.size() : quote + 1) - from;
      std::memcpy(end, raw.data() + from, count);
      end += count;
      if (quote == std::string_view::npos) return {text, static_cast<std::size_t>(end - text)};
      from = quote + 2;
    }
  }

  const std::string* file_;
  TextArena* arena_;
  const char* at_;
  const char* end_;
  std::int64_t line_;
};

// What is wrong with the quotes of a block that has no end: its records, one after another, until one cannot be read.
Error first_quote_error(const std::string& file, const CsvBlock& block) {
  TextArena arena;
  RecordParser parser(file, block, arena);
  while (!parser.at_end()) {
    if (parser.skip_empty_line()) continue;
    auto fields = parser.next([](std::size_t, std::string_view) {});
    if (!fields) return std::move(fields).error();
  }
  return quote_error(file, block.first_line, "it does not end with a line feed");
}

}  // namespace

void TextArena::add_page(std::size_t bytes) {
  constexpr std::size_t kPageBytes = 256 * 1024;
  while (page_ < pages_.size() && pages_[page_].size < bytes) ++page_;
  if (page_ == pages_.size()) {
    const std::size_t size = std::max(bytes, kPageBytes);
    pages_.push_back({std::make_unique<char[]>(size), size});
  }
  at_ = pages_[page_].bytes.get();
  left_ = pages_[page_].size;
  ++page_;
}

CsvBlockReader::CsvBlockReader(std::string file_name, std::unique_ptr<ByteReader> reader, std::size_t block_bytes,
                               std::size_t record_bytes_max)
    : file_name_(std::move(file_name)),
      reader_(std::move(reader)),
      block_bytes_(std::max(block_bytes, std::size_t{1})),
      record_bytes_max_(record_bytes_max) {}

Result<void> CsvBlockReader::next(CsvBlock& block) {
  block.bytes.clear();
  block.bytes.swap(rest_);
  block.first_line = line_;
  block.first_record = record_;
  block.records = 0;
  std::size_t wanted = block_bytes_;
  while (true) {
    std::size_t filled = block.bytes.size();
    block.bytes.resize(std::max(wanted, filled));
    while (!at_end_ && filled < block.bytes.size()) {
      APPORTION_ASSIGN(const std::size_t count, reader_->read(std::span<char>(block.bytes).subspan(filled)));
      at_end_ = count == 0;
      filled += count;
    }
    block.bytes.resize(filled);
    if (at_end_ && !block.bytes.empty() && block.bytes.back() != '\n') block.bytes += '\n';

    const Scan scan = scan_records(block.bytes);
    if (scan.records > 0 && (!at_end_ || scan.records_end == block.bytes.size())) {
      rest_.assign(block.bytes, scan.records_end);
      block.bytes.resize(scan.records_end);
      block.records = scan.records;
      line_ += scan.lines;
      record_ += scan.records;
      return ok();
    }
    if (block.bytes.empty()) return ok();
    if (at_end_) return first_quote_error(file_name_, block);
    if (block.bytes.size() >= record_bytes_max_) {
      block.bytes += '\n';
      Error error = first_quote_error(file_name_, block);
      error.why = fmt::format("a record is longer than {} MiB; {}", record_bytes_max_ >> 20, error.why);
      return error;
    }
    wanted = std::min(block.bytes.size() * 2, std::max(record_bytes_max_, block.bytes.size() + 1));
  }
}

Result<std::vector<std::string>> take_csv_header(const std::string& file_name, CsvBlock& block) {
  TextArena arena;
  RecordParser parser(file_name, block, arena);
  const auto take_record = [&block] {
    --block.records;
    ++block.first_record;
  };
  while (!parser.at_end() && parser.skip_empty_line()) take_record();
  std::vector<std::string> header;
  if (parser.at_end()) return header;
  APPORTION_TRY(parser.next([&header](std::size_t, std::string_view field) { header.emplace_back(field); }));
  take_record();
  block.first_line = parser.line();
  block.bytes.erase(0, static_cast<std::size_t>(parser.position() - block.bytes.data()));
  return header;
}

Result<void> parse_csv_block(const std::string& file_name, const CsvBlock& block, std::size_t columns,
                             std::int64_t ordinal_base, SourceBatch& batch, TextArena& arena) {
  const auto records = static_cast<std::size_t>(block.records);
  batch.first_ordinal = ordinal_base + block.first_record;
  batch.rows = 0;
  batch.broken.clear();
  batch.columns.resize(columns);
  for (auto& column : batch.columns) {
    if (column.size() < records) column.resize(records);
  }
  batch.ordinals.resize(records);
  batch.lines.resize(records);
  arena.clear();

  RecordParser parser(file_name, block, arena);
  for (std::int32_t record = 0; !parser.at_end(); ++record) {
    if (parser.skip_empty_line()) continue;
    const std::size_t row = batch.rows;
    const std::int64_t line = parser.line();
    const char* start = parser.position();
    APPORTION_ASSIGN(const std::size_t fields, parser.next([&](std::size_t column, std::string_view field) {
      if (column < columns) batch.columns[column][row] = field;
    }));
    if (fields != columns) {
      const std::string_view text(start, static_cast<std::size_t>(parser.position() - start));
      batch.broken.push_back(
          {line, excerpt(trim(text), 200), fmt::format("{} fields, but the header has {}", fields, columns)});
      continue;
    }
    batch.ordinals[row] = record;
    batch.lines[row] = line;
    ++batch.rows;
  }
  return ok();
}

}  // namespace apportion
