#include "foundation/base/utf8.h"

#include <algorithm>

#include "foundation/base/characters.h"

namespace apportion {

bool is_utf8(std::string_view text) {
  const bool is_ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii) return true;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (character.codepoint < 0) return false;
    text.remove_prefix(character.bytes.size());
  }
  return true;
}

}  // namespace apportion
