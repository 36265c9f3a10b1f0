#include "foundation/base/utf8.h"

#include <cstdint>
#include <cstring>

#include "foundation/base/characters.h"

namespace apportion {

namespace {

// How many bytes at the front are ASCII: nearly all are, so eight are looked at together.
std::size_t ascii_bytes(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t count = 0;
  for (; count + sizeof kHighBits <= text.size(); count += sizeof kHighBits) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + count, sizeof bytes);
    if ((bytes & kHighBits) != 0) break;
  }
  while (count < text.size() && static_cast<unsigned char>(text[count]) < 0x80) ++count;
  return count;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (text.remove_prefix(ascii_bytes(text)); !text.empty(); text.remove_prefix(ascii_bytes(text))) {
    const Character character = first_character(text);
    if (character.codepoint < 0) return false;
    text.remove_prefix(character.bytes.size());
  }
  return true;
}

}  // namespace apportion
