#include "foundation/model/plain_object.h"

#include "foundation/base/utf8.h"

namespace apportion {
namespace {

constexpr int kNestingMax = 100;
constexpr std::size_t kDigitsMax = 18;

class PlainReader {
 public:
  explicit PlainReader(std::string_view text) : rest_(text) { object_.compact.reserve(text.size()); }

  std::optional<PlainObject> read() {
    skip_blanks();
    if (!rest_.starts_with('{') || !take_members(1)) return std::nullopt;
    skip_blanks();
    if (!rest_.empty() || !is_utf8(object_.compact)) return std::nullopt;
    return std::move(object_);
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\r' || rest_[0] == '\n'))
      rest_.remove_prefix(1);
  }

  void keep(std::size_t bytes) {
    object_.compact.append(rest_.data(), bytes);
    rest_.remove_prefix(bytes);
  }

  bool take(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    keep(1);
    return true;
  }

  bool take_members(int depth) {
    take('{');
    if (take('}')) return true;
    do {
      skip_blanks();
      if (!take_text() || !take(':') || !take_value(depth)) return false;
    } while (take(','));
    return take('}');
  }

  bool take_items(int depth) {
    take('[');
    if (take(']')) return true;
    do {
      if (!take_value(depth)) return false;
    } while (take(','));
    return take(']');
  }

  bool take_value(int depth) {
    skip_blanks();
    if (rest_.starts_with('"')) return take_text();
    if (take_word("null")) return true;
    if (depth == 1) object_.has_texts_only = false;
    if (take_word("true") || take_word("false")) return true;
    if (rest_.starts_with('{')) return depth < kNestingMax && take_members(depth + 1);
    if (rest_.starts_with('[')) return depth < kNestingMax && take_items(depth + 1);
    return take_number();
  }

  bool take_text() {
    if (!rest_.starts_with('"')) return false;
    std::size_t at = 1;
    for (; at < rest_.size() && rest_[at] != '"'; ++at) {
      if (static_cast<unsigned char>(rest_[at]) < 0x20) return false;
      if (rest_[at] != '\\') continue;
      if (++at == rest_.size() || (rest_[at] != '"' && rest_[at] != '\\')) return false;
    }
    if (at >= rest_.size()) return false;
    keep(at + 1);
    return true;
  }

  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    keep(word.size());
    return true;
  }

  std::size_t end_of_digits(std::size_t at) const {
    while (at < rest_.size() && rest_[at] >= '0' && rest_[at] <= '9') ++at;
    return at;
  }

  // What follows must be a comma or bracket: that refuses exponents.
  bool take_number() {
    const std::size_t start = rest_.starts_with('-') ? 1 : 0;
    std::size_t end = end_of_digits(start);
    const std::size_t digits = end - start;
    if (digits == 0 || digits > kDigitsMax || (digits > 1 && rest_[start] == '0')) return false;
    if (end < rest_.size() && rest_[end] == '.') {
      const std::size_t point = end;
      end = end_of_digits(point + 1);
      if (end == point + 1 || end - point > kDigitsMax) return false;
    }
    keep(end);
    return true;
  }

  std::string_view rest_;
  PlainObject object_;
};

}  // namespace

std::optional<PlainObject> read_plain_object(std::string_view text) { return PlainReader(text).read(); }

}  // namespace apportion
