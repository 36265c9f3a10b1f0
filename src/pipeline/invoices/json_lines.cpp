#include "pipeline/invoices/json_lines.h"

#include <optional>

#include <nlohmann/json.hpp>

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;
constexpr std::size_t kLineBytesMax = std::size_t{64} << 20;

// Takes the members of the outermost object. What lies deeper is written again as JSON.
class FlatObject final : public Json::json_sax_t {
 public:
  explicit FlatObject(JsonCells& cells) : cells_(&cells) {}

  bool null() override { return deep() ? put("null") : put(""); }
  bool boolean(bool value) override { return put(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return put(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& digits) override { return put(digits); }
  bool string(string_t& text) override { return deep() ? put(Json(text).dump()) : put(text); }
  bool binary(binary_t& /*bytes*/) override { return false; }
  bool start_object(std::size_t /*count*/) override { return open('{', '}'); }
  bool start_array(std::size_t /*count*/) override { return !closers_.empty() && open('[', ']'); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (!deep()) {
      cells_->emplace_back(name, "");
      return true;
    }
    separate();
    cells_->back().second += Json(name).dump() + ":";
    is_first_ = true;
    return true;
  }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const Json::exception& /*error*/) override {
    return false;
  }

 private:
  static constexpr std::size_t kDepthMax = 32;

  bool deep() const { return closers_.size() > 1; }
  void separate() {
    if (!is_first_) cells_->back().second += ',';
    is_first_ = false;
  }
  bool put(std::string_view text) {
    if (closers_.empty() || cells_->empty()) return false;
    if (deep()) separate();
    cells_->back().second += text;
    return true;
  }
  bool open(char opener, char closer) {
    if (!closers_.empty()) {
      if (deep()) separate();
      cells_->back().second += opener;
      is_first_ = true;
    }
    closers_ += closer;
    return closers_.size() <= kDepthMax;
  }
  bool close() {
    if (deep()) cells_->back().second += closers_.back();
    closers_.pop_back();
    is_first_ = false;
    return true;
  }

  JsonCells* cells_;
  std::string closers_;
  bool is_first_ = true;
};

}  // namespace

bool parse_json_line(std::string_view text, JsonCells& cells) {
  cells.clear();
  FlatObject object(cells);
  return Json::sax_parse(text.begin(), text.end(), &object);
}

Result<bool> LineReader::fill() {
  rest_.erase(0, at_);
  at_ = 0;
  const std::size_t before = rest_.size();
  rest_.resize(before + kPieceBytes);
  auto count = bytes_->read(std::span(rest_).subspan(before));
  rest_.resize(before + (count ? *count : 0));
  if (!count) return std::move(count).error();
  return *count > 0;
}

Result<bool> LineReader::next(const std::string& file_name, std::string& line) {
  std::size_t searched = at_;
  while (true) {
    const std::size_t end = rest_.find('\n', searched);
    if (end != std::string::npos) {
      line.assign(rest_, at_, end - at_);
      at_ = end + 1;
      return true;
    }
    if (rest_.size() - at_ > kLineBytesMax) {
      return Error{ErrorId::kFileTooLarge, "a line is too long", file_name, "it has more than 64 MiB",
                   "check that this is a file of JSON lines"};
    }
    searched = rest_.size() - at_;
    APPORTION_ASSIGN(const bool more, fill());
    if (more) continue;
    line = std::move(rest_);
    rest_.clear();
    return !line.empty();
  }
}

}  // namespace apportion
