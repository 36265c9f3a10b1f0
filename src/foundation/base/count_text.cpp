#include "foundation/base/count_text.h"

#include <fmt/format.h>

namespace apportion {

std::string count_of(std::int64_t count, std::string_view one, std::string_view plural) {
  std::string digits = fmt::format("{}", count);
  const int first = digits.starts_with('-') ? 1 : 0;
  for (int at = static_cast<int>(digits.size()) - 3; at > first; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  if (count == 1) return fmt::format("{} {}", digits, one);
  return plural.empty() ? fmt::format("{} {}s", digits, one) : fmt::format("{} {}", digits, plural);
}

}  // namespace apportion
