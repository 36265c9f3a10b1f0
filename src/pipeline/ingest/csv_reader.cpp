#include "pipeline/ingest/csv_reader.h"

#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "pipeline/ingest/csv_marks.h"

namespace apportion {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Bit i is set when an odd number of bits up to and with i is set: inside quotes.
std::uint64_t parity_prefix(std::uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

// Line feeds and quotes are few: this is faster than counting bits on a processor without an instruction for it.
std::int64_t count_bits(std::uint64_t bits) {
  std::int64_t count = 0;
  for (; bits != 0; bits &= bits - 1) ++count;
  return count;
}

// Where the last record of some bytes ends, and what is before.
struct Scan {
  std::size_t records_end = 0;  // one past the last line feed outside quotes
  std::int64_t records = 0;
  std::int64_t lines = 0;  // line feeds before records_end, in quotes or not
};

// Looks at each byte of a block once: finds its records, and sets its marks.
class BlockScanner {
 public:
  static Scan scan(CsvBlock& block) {
    BlockScanner scanner;
    const std::string_view bytes = block.bytes;
    const std::size_t pieces = (bytes.size() + kBytesOfMarks - 1) / kBytesOfMarks;
    block.marks.resize(pieces + 1);
    std::array<CsvMarks, 64> strip;
    for (std::size_t piece = 0; piece < pieces;) {
      const std::size_t count = mark_csv(bytes.substr(piece * kBytesOfMarks), strip);
      for (std::size_t i = 0; i < count; ++i, ++piece) {
        block.marks[piece] = strip[i].quotes | strip[i].commas | strip[i].line_feeds;
        scanner.add(piece, strip[i]);
      }
    }
    block.marks[pieces] = ~std::uint64_t{0};  // so that a search for a mark ends
    return scanner.scan_;
  }

 private:
  void add(std::size_t piece, const CsvMarks& marks) {
    const std::uint64_t quoted = marks.quotes == 0 ? inside_ : parity_prefix(marks.quotes) ^ inside_;
    const std::uint64_t ends = marks.line_feeds & ~quoted;
    if (ends != 0) {
      const int last = 63 - std::countl_zero(ends);
      const std::uint64_t up_to_last = last == 63 ? ~std::uint64_t{0} : (std::uint64_t{1} << (last + 1)) - 1;
      scan_.records += count_bits(ends);
      scan_.records_end = piece * kBytesOfMarks + static_cast<std::size_t>(last) + 1;
      scan_.lines = lines_ + count_bits(marks.line_feeds & up_to_last);
    }
    lines_ += count_bits(marks.line_feeds);
    inside_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(quoted) >> 63);
  }

  Scan scan_;
  std::int64_t lines_ = 0;
  std::uint64_t inside_ = 0;  // all ones while in quotes
};

Error quote_error(const std::string& file, std::int64_t line, std::string why) {
  return {ErrorId::kCsvBroken, "the CSV file is broken", fmt::format("{}, line {}", file, line), std::move(why),
          "export the month again; if the file was edited by hand or in a spreadsheet, use the original"};
}

// Goes through the marked bytes of a block.
class MarkWalk {
 public:
  explicit MarkWalk(const CsvBlock& block) : marks_(block.marks.data()), left_(marks_[0]) {}

  // The position of the next marked byte; at or behind the end of the block when there is none.
  std::size_t next() {
    while (left_ == 0) left_ = marks_[++piece_];
    const auto bit = static_cast<std::size_t>(std::countr_zero(left_));
    left_ &= left_ - 1;
    return piece_ * kBytesOfMarks + bit;
  }

 private:
  const std::uint64_t* marks_;
  std::size_t piece_ = 0;
  std::uint64_t left_;  // marks of the piece that were not passed yet
};

// Parses one record after another out of a block.
class RecordParser {
 public:
  RecordParser(const std::string& file, const CsvBlock& block)
      : file_(&file), bytes_(block.bytes), walk_(block), line_(block.first_line) {}

  bool at_end() const { return at_ == bytes_.size(); }
  std::int64_t line() const { return line_; }
  std::size_t position() const { return at_; }

  // To call before each record: skips byte order marks, which some writers put at the head of records too, and then an
  // empty line, if there is one here.
  bool skip_empty_line() {
    while (bytes_.substr(at_).starts_with(kByteOrderMark)) at_ += kByteOrderMark.size();
    const std::size_t line_feed = bytes_.substr(at_).starts_with('\r') ? at_ + 1 : at_;
    if (line_feed == bytes_.size() || bytes_[line_feed] != '\n') return false;
    at_ = walk_.next() + 1;
    ++line_;
    return true;
  }

  // Calls `take(column, start)` for each field of the record; returns how many there were.
  template <class Take>
  Result<std::size_t> next(Take take) {
    std::size_t column = 0;
    while (true) {
      const std::size_t start = at_;
      at_ = walk_.next();
      if (bytes_[at_] == '"') APPORTION_TRY(pass_quoted_field(start));
      take(column++, start);
      if (bytes_[at_++] == '\n') break;
    }
    ++line_;
    return column;
  }

 private:
  // At the first quote of a field that starts at `start`; leaves `at_` at the comma or line feed behind the field.
  Result<void> pass_quoted_field(std::size_t start) {
    if (at_ != start) {
      return quote_error(*file_, line_,
                         fmt::format("there is a quote inside a field that does not start with one: `{}`",
                                     excerpt(bytes_.substr(start, at_ - start + 1))));
    }
    std::int64_t lines = 0;
    while (true) {
      at_ = walk_.next();
      if (at_ >= bytes_.size()) return quote_error(*file_, line_, "a quote is never closed");
      lines += bytes_[at_] == '\n' ? 1 : 0;
      if (bytes_[at_] != '"') continue;
      if (at_ + 1 == bytes_.size() || bytes_[at_ + 1] != '"') break;
      walk_.next();
    }
    const std::string_view behind = bytes_.substr(at_ + 1);
    if (!behind.starts_with(',') && !behind.starts_with('\n') && !behind.starts_with("\r\n")) {
      const std::string_view text = bytes_.substr(start + 1, at_ - start - 1);
      return quote_error(*file_, line_, fmt::format("text follows the closing quote of `{}`", excerpt(text)));
    }
    at_ = walk_.next();
    line_ += lines;
    return ok();
  }

  const std::string* file_;
  std::string_view bytes_;
  MarkWalk walk_;
  std::size_t at_ = 0;
  std::int64_t line_;
};

// What is wrong with the quotes of a block that has no end: its records, one after another, until one cannot be read.
Error first_quote_error(const std::string& file, CsvBlock& block) {
  BlockScanner::scan(block);
  RecordParser parser(file, block);
  while (!parser.at_end()) {
    if (parser.skip_empty_line()) continue;
    auto fields = parser.next([](std::size_t, std::size_t) {});
    if (!fields) return std::move(fields).error();
  }
  return quote_error(file, block.first_line, "it does not end with a line feed");
}

}  // namespace

CsvBlockReader::CsvBlockReader(std::string file_name, std::unique_ptr<ByteReader> reader, std::size_t block_bytes,
                               std::size_t record_bytes_max)
    : file_name_(std::move(file_name)),
      reader_(std::move(reader)),
      block_bytes_(std::max(block_bytes, std::size_t{1})),
      record_bytes_max_(record_bytes_max) {}

Result<void> CsvBlockReader::next(CsvBlock& block) {
  block.first_line = line_;
  block.first_record = record_;
  block.records = 0;
  std::size_t wanted = block_bytes_;
  std::size_t filled = rest_.size();
  block.bytes.resize(
      std::max(wanted, filled));  // keeps the bytes of the block before: zeros would be written for nothing
  block.bytes.replace(0, filled, rest_);
  rest_.clear();
  while (true) {
    block.bytes.resize(std::max(wanted, filled));
    while (!at_end_ && filled < block.bytes.size()) {
      APPORTION_ASSIGN(const std::size_t count, reader_->read(std::span<char>(block.bytes).subspan(filled)));
      at_end_ = count == 0;
      filled += count;
    }
    block.bytes.resize(filled);
    if (at_end_ && !block.bytes.empty() && block.bytes.back() != '\n') block.bytes += '\n';

    const Scan scan = BlockScanner::scan(block);
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
  RecordParser parser(file_name, block);
  const auto take_record = [&block] {
    --block.records;
    ++block.first_record;
  };
  while (!parser.at_end() && parser.skip_empty_line()) take_record();
  std::vector<std::string> header;
  if (parser.at_end()) return header;
  RawRecords records;
  records.bytes = block.bytes.data();
  APPORTION_TRY(parser.next(
      [&records](std::size_t, std::size_t start) { records.starts.push_back(static_cast<std::uint32_t>(start)); }));
  records.columns = records.starts.size();
  records.starts.push_back(static_cast<std::uint32_t>(parser.position()));
  TextArena arena;
  for (std::size_t column = 0; column < records.columns; ++column) header.emplace_back(records.text(0, column, arena));
  take_record();
  block.first_line = parser.line();
  block.bytes.erase(0, parser.position());
  BlockScanner::scan(block);
  return header;
}

Result<void> parse_csv_block(const std::string& file_name, const CsvBlock& block, std::size_t columns,
                             std::int64_t ordinal_base, SourceBatch& batch) {
  const auto records_max = static_cast<std::size_t>(block.records);
  batch.first_ordinal = ordinal_base + block.first_record;
  batch.rows = 0;
  batch.broken.clear();
  batch.ordinals.resize(records_max);
  batch.lines.resize(records_max);
  auto& starts = batch.columns.begin_records(block.bytes.data(), columns).starts;
  starts.resize(records_max * (columns + 1));

  RecordParser parser(file_name, block);
  std::uint32_t* starts_of_row = starts.data();
  for (std::int32_t record = 0; !parser.at_end(); ++record) {
    if (parser.skip_empty_line()) continue;
    const std::int64_t line = parser.line();
    const std::size_t start = parser.position();
    APPORTION_ASSIGN(const std::size_t fields, parser.next([=](std::size_t column, std::size_t field_start) {
      if (column < columns) starts_of_row[column] = static_cast<std::uint32_t>(field_start);
    }));
    if (fields != columns) {
      const std::string_view text = std::string_view(block.bytes).substr(start, parser.position() - start);
      batch.broken.push_back(
          {line, excerpt(trim(text), 200), fmt::format("{} fields, but the header has {}", fields, columns)});
      continue;
    }
    starts_of_row[columns] = static_cast<std::uint32_t>(parser.position());
    starts_of_row += columns + 1;
    batch.ordinals[batch.rows] = record;
    batch.lines[batch.rows] = line;
    ++batch.rows;
  }
  starts.resize(batch.rows * (columns + 1));
  return ok();
}

}  // namespace apportion
