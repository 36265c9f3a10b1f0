#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <zlib.h>

#include "sample/part_writer.h"

namespace apportion::sample {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
/// Level 3 compresses these files about as well as the default, at more than twice the speed.
constexpr int kGzipLevel = 3;

Error write_error(const std::filesystem::path& file, int cause) {
  return {ErrorId::kSampleFileUnwritable, "a file of the sample cannot be written", file.string(), std::strerror(cause),
          "free some disk space, or choose another folder with --out"};
}

/// A file that is written from start to end; gzip without a timestamp, so that equal content gives equal bytes.
class OutputFile {
 public:
  explicit OutputFile(bool gzip) : gzip_(gzip), packed_(gzip ? kBufferBytes : 0) {}
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile() { abandon(); }

  Result<void> open(const std::filesystem::path& path) {
    path_ = path;
    bytes_ = 0;
    file_ = std::fopen(path.c_str(), "wb");
    if (file_ == nullptr) {
      return write_error(path_, errno);
    }
    if (gzip_) {
      stream_ = {};
      constexpr int kGzipWindow = 15 + 16;
      if (deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        std::fclose(std::exchange(file_, nullptr));
        return write_error(path_, ENOMEM);
      }
    }
    return ok();
  }

  Result<void> write(std::string_view text) { return gzip_ ? pack(text, Z_NO_FLUSH) : put(text.data(), text.size()); }

  Result<std::uint64_t> close() {
    if (gzip_) {
      APPORTION_TRY(pack({}, Z_FINISH));
      deflateEnd(&stream_);
    }
    if (std::fclose(std::exchange(file_, nullptr)) != 0) {
      return write_error(path_, errno);
    }
    return bytes_;
  }

 private:
  void abandon() {
    if (file_ != nullptr) {
      if (gzip_) {
        deflateEnd(&stream_);
      }
      std::fclose(file_);
    }
  }

  Result<void> put(const void* data, std::size_t size) {
    if (std::fwrite(data, 1, size, file_) != size) {
      return write_error(path_, errno);
    }
    bytes_ += size;
    return ok();
  }

  Result<void> pack(std::string_view text, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    int state = Z_OK;
    do {
      stream_.next_out = packed_.data();
      stream_.avail_out = static_cast<uInt>(packed_.size());
      state = deflate(&stream_, flush);
      APPORTION_TRY(put(packed_.data(), packed_.size() - stream_.avail_out));
    } while (stream_.avail_in > 0 || (flush == Z_FINISH && state != Z_STREAM_END));
    return ok();
  }

  bool gzip_;
  std::vector<Bytef> packed_;
  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
  z_stream stream_ = {};
  std::uint64_t bytes_ = 0;
};

constexpr std::array<bool, 256> make_quoted_bytes() {
  std::array<bool, 256> quoted{};
  for (const char byte : {',', '"', '\n', '\r'}) {
    quoted[static_cast<unsigned char>(byte)] = true;
  }
  return quoted;
}
constexpr auto kQuotedBytes = make_quoted_bytes();

bool needs_quotes(std::string_view cell) {
  for (const char byte : cell) {
    if (kQuotedBytes[static_cast<unsigned char>(byte)]) {
      return true;
    }
  }
  return false;
}

void append_quoted(std::string& line, std::string_view cell) {
  line += '"';
  for (std::size_t quote = cell.find('"'); quote != std::string_view::npos; quote = cell.find('"')) {
    line.append(cell.substr(0, quote + 1)).push_back('"');
    cell.remove_prefix(quote + 1);
  }
  line.append(cell).push_back('"');
}

class CsvWriter final : public PartWriter {
 public:
  CsvWriter(std::vector<FileColumn> columns, const Dialect& dialect, bool gzip)
      : columns_(std::move(columns)), dialect_(dialect), gzip_(gzip), file_(gzip) {
    buffer_.reserve(kBufferBytes + 65'536);
  }

  Result<void> begin(const std::filesystem::path& file) override {
    APPORTION_TRY(file_.open(file));
    text_bytes_ = 0;
    buffer_.clear();
    if (dialect_.has(Quirk::kByteOrderMark)) {
      buffer_ += "\xEF\xBB\xBF";
    }
    for (const FileColumn& column : columns_) {
      append_cell(column.header);
    }
    end_line();
    return ok();
  }

  Result<void> add(const Cells& cells, std::uint64_t row) override {
    const bool plain = dialect_.is_plain();
    for (const FileColumn& column : columns_) {
      if (column.source < 0) {
        append_cell(row % 3 == 0 ? "new value" : "");
        continue;
      }
      const std::string_view cell = cells[static_cast<std::size_t>(column.source)];
      append_cell(plain ? cell : dress_cell(cell, column, dialect_, row, scratch_));
    }
    end_line();
    return buffer_.size() < kBufferBytes ? ok() : flush();
  }

  std::uint64_t text_bytes() const override { return text_bytes_ + buffer_.size(); }

  Result<std::uint64_t> finish() override {
    if (dialect_.has(Quirk::kTrailingBlankLine)) {
      buffer_ += line_end();
    }
    APPORTION_TRY(flush());
    return file_.close();
  }

  std::string_view file_extension() const override { return gzip_ ? ".csv.gz" : ".csv"; }

 private:
  std::string_view line_end() const { return dialect_.has(Quirk::kCrlf) ? "\r\n" : "\n"; }

  void append_cell(std::string_view cell) {
    if (dialect_.has(Quirk::kQuotedAll) || needs_quotes(cell)) {
      append_quoted(buffer_, cell);
    } else {
      buffer_.append(cell);
    }
    buffer_ += ',';
  }

  void end_line() {
    buffer_.pop_back();
    buffer_ += line_end();
  }

  Result<void> flush() {
    APPORTION_TRY(file_.write(buffer_));
    text_bytes_ += buffer_.size();
    buffer_.clear();
    return ok();
  }

  std::vector<FileColumn> columns_;
  Dialect dialect_;
  bool gzip_;
  OutputFile file_;
  std::string buffer_;
  std::string scratch_;
  std::uint64_t text_bytes_ = 0;
};

}  // namespace

std::unique_ptr<PartWriter> make_csv_writer(std::vector<FileColumn> columns, const Dialect& dialect, bool gzip) {
  return std::make_unique<CsvWriter>(std::move(columns), dialect, gzip);
}

Result<void> write_text_file(const std::filesystem::path& file, std::string_view text) {
  OutputFile output(false);
  APPORTION_TRY(output.open(file));
  APPORTION_TRY(output.write(text));
  APPORTION_TRY(output.close());
  return ok();
}

}  // namespace apportion::sample
