/// What the tests of this folder share: byte readers over texts, and a whole CSV file read block by block.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <zlib.h>

#include "foundation/base/byte_reader.h"
#include "foundation/base/check.h"
#include "pipeline/ingest/csv_reader.h"

namespace apportion::ingest_testing {

/// Hands out a text in pieces of at most `piece_bytes`.
class SlowReader final : public ByteReader {
 public:
  explicit SlowReader(std::string bytes, std::size_t piece_bytes = 1 << 20)
      : bytes_(std::move(bytes)), piece_bytes_(piece_bytes) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min({piece_bytes_, buffer.size(), bytes_.size() - at_});
    std::memcpy(buffer.data(), bytes_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t piece_bytes_;
  std::size_t at_ = 0;
};

/// Hands out a text, and then fails.
class FailingReader final : public ByteReader {
 public:
  explicit FailingReader(std::string bytes) : bytes_(std::move(bytes)) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    if (bytes_.empty())
      return Error{ErrorId::kFileForbidden, "the stream broke off", "f.csv", "the test says so", "wait"};
    const std::size_t count = std::min(buffer.size(), bytes_.size());
    std::memcpy(buffer.data(), bytes_.data(), count);
    bytes_.erase(0, count);
    return count;
  }

 private:
  std::string bytes_;
};

/// A gzip member of a text.
inline std::string pack_gzip(const std::string& text) {
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream{};
  APPORTION_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK,
                  "zlib did not start");
  std::string packed(text.size() + 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  APPORTION_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "a test text was not packed");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

struct ParsedRow {
  std::vector<std::string> cells;
  std::int64_t line = 0;
  std::int64_t ordinal = 0;
  friend bool operator==(const ParsedRow&, const ParsedRow&) = default;
};

struct ParsedCsv {
  std::vector<std::string> header;
  std::vector<ParsedRow> rows;
  std::vector<BrokenRecord> broken;
  friend bool operator==(const ParsedCsv& left, const ParsedCsv& right) {
    const auto same = [](const BrokenRecord& a, const BrokenRecord& b) {
      return std::tie(a.line, a.value, a.reason) == std::tie(b.line, b.value, b.reason);
    };
    return left.header == right.header && left.rows == right.rows &&
           std::equal(left.broken.begin(), left.broken.end(), right.broken.begin(), right.broken.end(), same);
  }
};

/// Reads a file `f.csv` as the run reader does, one block after another.
inline Result<ParsedCsv> read_csv(const std::string& bytes, std::size_t block_bytes,
                                  std::size_t piece_bytes = 1 << 20) {
  CsvBlockReader reader("f.csv", std::make_unique<SlowReader>(bytes, piece_bytes), block_bytes);
  ParsedCsv parsed;
  CsvBlock block;
  SourceBatch batch;
  while (true) {
    APPORTION_TRY(reader.next(block));
    if (parsed.header.empty()) {
      APPORTION_ASSIGN(parsed.header, take_csv_header("f.csv", block));
    }
    if (!parsed.header.empty()) {
      APPORTION_TRY(parse_csv_block("f.csv", block, parsed.header.size(), 0, batch));
      for (std::size_t row = 0; row < batch.rows; ++row) {
        ParsedRow& kept = parsed.rows.emplace_back();
        for (std::size_t i = 0; i < batch.columns.size(); ++i)
          kept.cells.emplace_back(std::as_const(batch.columns)[i][row]);
        kept.line = batch.lines[row];
        kept.ordinal = batch.first_ordinal + batch.ordinals[row];
      }
      parsed.broken.insert(parsed.broken.end(), batch.broken.begin(), batch.broken.end());
    }
    if (reader.at_end()) return parsed;
  }
}

}  // namespace apportion::ingest_testing
