/// The mark that some programs put before UTF-8.
#pragma once

#include <string_view>

namespace apportion {

inline std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

}  // namespace apportion
