#include "foundation/base/count_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace apportion {

std::string with_digits_grouped(std::string number) {
  const std::size_t first = number.starts_with('-') ? 1 : 0;
  const std::size_t point = std::min(number.find('.'), number.size());
  for (std::size_t at = point; at > first + 3;) number.insert(at -= 3, 1, ',');
  return number;
}

std::string count_of(std::int64_t count, std::string_view one, std::string_view plural) {
  const std::string digits = with_digits_grouped(fmt::format("{}", count));
  if (count == 1) return fmt::format("{} {}", digits, one);
  return plural.empty() ? fmt::format("{} {}s", digits, one) : fmt::format("{} {}", digits, plural);
}

}  // namespace apportion
