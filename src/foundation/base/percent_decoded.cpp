#include "foundation/base/percent_decoded.h"

#include <charconv>
#include <cstddef>

namespace apportion {

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const char* const begin = text.data() + at + 1;
    const bool is_escape =
        text[at] == '%' && at + 2 < text.size() && std::from_chars(begin, begin + 2, value, 16).ptr == begin + 2;
    decoded += is_escape ? static_cast<char>(value) : text[at];
    if (is_escape) at += 2;
  }
  return decoded;
}

}  // namespace apportion
