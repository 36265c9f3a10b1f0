#include "pipeline/invoices/separated_reader.h"

#include <algorithm>
#include <string>
#include <utility>

namespace apportion {
namespace {

constexpr std::size_t kBytesAtOnce = 64 << 10;

class CommaReader : public ByteReader {
 public:
  CommaReader(std::unique_ptr<ByteReader> bytes, char separator) : bytes_(std::move(bytes)), separator_(separator) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    while (at_ == ready_.size() && !is_at_end_) APPORTION_TRY(take_more());
    const std::size_t count = std::min(buffer.size(), ready_.size() - at_);
    std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(at_), count, buffer.begin());
    at_ += count;
    return count;
  }

 private:
  Result<void> take_more() {
    ready_.clear();
    at_ = 0;
    incoming_.resize(kBytesAtOnce);
    APPORTION_ASSIGN(const std::size_t count, bytes_->read(incoming_));
    for (std::size_t i = 0; i < count; ++i) take(incoming_[i]);
    is_at_end_ = count == 0;
    if (is_at_end_) end_cell();
    return ok();
  }

  void take(char c) {
    if (is_in_quotes_) {
      is_in_quotes_ = c != '"';  // a doubled quote ends them, and begins them again
      ready_ += c;
    } else if (c == '"' && cell_.empty()) {
      is_in_quotes_ = true;
      ready_ += c;
    } else if (c == separator_) {
      end_cell();
      ready_ += ',';
    } else if (c == '\n') {
      const bool has_return = cell_.ends_with('\r');
      if (has_return) cell_.pop_back();
      end_cell();
      ready_ += has_return ? "\r\n" : "\n";
    } else {
      cell_ += c;
    }
  }

  void end_cell() {
    const bool needs_quotes = cell_.find(',') != std::string::npos;
    if (needs_quotes) ready_ += '"';
    ready_ += cell_;
    if (needs_quotes) ready_ += '"';
    cell_.clear();
  }

  std::unique_ptr<ByteReader> bytes_;
  char separator_;
  std::string incoming_;
  std::string ready_;
  std::size_t at_ = 0;
  std::string cell_;  // what of a cell is not in quotes
  bool is_in_quotes_ = false;
  bool is_at_end_ = false;
};

}  // namespace

std::unique_ptr<ByteReader> with_commas(std::unique_ptr<ByteReader> bytes, char separator) {
  if (separator == ',') return bytes;
  return std::make_unique<CommaReader>(std::move(bytes), separator);
}

}  // namespace apportion
