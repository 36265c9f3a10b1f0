#include "azure/http_date.h"

#include <algorithm>
#include <array>

#include "foundation/base/date.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr auto kMonths = std::to_array<std::string_view>(
    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});
constexpr std::string_view kShape = "Www, 00 Mmm 0000 00:00:00 GMT";

bool has_shape(std::string_view text) {
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    const bool letter_wanted = kShape[i] == 'W' || kShape[i] == 'w' || (i >= 8 && i < 11);
    if (kShape[i] == '0' ? !is_digit : !letter_wanted && text[i] != kShape[i]) return false;
  }
  return true;
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  for (const char c : text.substr(at, digits)) number = number * 10 + (c - '0');
  return number;
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  text = trim(text);
  if (!has_shape(text)) return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end()) return std::nullopt;
  const auto day =
      Day::from_civil(number_at(text, 12, 4), static_cast<int>(month - kMonths.begin()) + 1, number_at(text, 5, 2));
  const int hour = number_at(text, 17, 2), minute = number_at(text, 20, 2), second = number_at(text, 23, 2);
  if (!day || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::int64_t{day->days_since_epoch()} * 86'400 + hour * 3600 + minute * 60 + second;
}

}  // namespace apportion
