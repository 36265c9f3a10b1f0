#include "foundation/model/day_text.h"

#include <array>

#include "foundation/base/text.h"

namespace apportion {
namespace {

// Takes 1 to `digits_max` digits off the front of `text`; -1 when there is none or too many.
int take_number(std::string_view& text, std::size_t digits_max) {
  int value = 0;
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
    if (count == digits_max) return -1;
    value = value * 10 + (text[count] - '0');
    ++count;
  }
  text.remove_prefix(count);
  return count == 0 ? -1 : value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// Nothing, or a time of day: `T00:00:00Z`, ` 00:00`, `T00:00:00.0000000+00:00`.
bool is_time_or_nothing(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() != 'T' && text.front() != ' ') return false;
  return text.find_first_not_of("0123456789:.+-TZAMP ") == std::string_view::npos;
}

}  // namespace

std::optional<Day> parse_day(std::string_view text, DayFormat format) {
  text = trim(text);
  if (format == DayFormat::kIso) {
    if (text.size() < 10 || !is_time_or_nothing(text.substr(10))) return std::nullopt;
    return Day::parse(text.substr(0, 10));
  }
  const int first = take_number(text, 2);
  if (!take(text, '/')) return std::nullopt;
  const int second = take_number(text, 2);
  if (!take(text, '/')) return std::nullopt;
  const std::size_t before = text.size();
  int year = take_number(text, 4);
  const std::size_t year_digits = before - text.size();
  if (year_digits == 2) year += 2000;
  if ((year_digits != 2 && year_digits != 4) || !is_time_or_nothing(text)) return std::nullopt;
  return format == DayFormat::kMonthDayYear ? Day::from_civil(year, first, second)
                                            : Day::from_civil(year, second, first);
}

}  // namespace apportion
