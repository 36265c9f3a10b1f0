#include "foundation/base/characters.h"

#include <utf8proc.h>

namespace apportion {

Character first_character(std::string_view text) {
  utf8proc_int32_t codepoint = -1;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const utf8proc_ssize_t length = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &codepoint);
  if (length <= 0) return {-1, text.substr(0, 1)};
  return {codepoint, text.substr(0, static_cast<std::size_t>(length))};
}

}  // namespace apportion
