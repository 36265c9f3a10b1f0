/// The characters of UTF-8 text, one by one.
#pragma once

#include <cstdint>
#include <string_view>

namespace apportion {

/// The character at the beginning of `text`, which must not be empty.
struct Character {
  std::int32_t codepoint = -1;  ///< -1: a byte that is no UTF-8.
  std::string_view bytes;
};
Character first_character(std::string_view text);

/// Calls `visit(codepoint, bytes)` for each character.
template <class Visit>
void for_each_character(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const Character character = first_character(text);
    visit(character.codepoint, character.bytes);
    text.remove_prefix(character.bytes.size());
  }
}

}  // namespace apportion
