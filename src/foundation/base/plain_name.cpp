#include "foundation/base/plain_name.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include <utf8proc.h>

#include "foundation/base/characters.h"

namespace apportion {
namespace {

// Latin letters that are not another one with a mark, in lower case.
struct Spelling {
  std::int32_t letter;
  std::string_view plain;
};
constexpr std::array<Spelling, 8> kSpellings = {
    {{0xE6, "ae"}, {0xF0, "d"}, {0xF8, "o"}, {0xFE, "th"}, {0x111, "d"}, {0x131, "i"}, {0x142, "l"}, {0x153, "oe"}}};

bool is_letter(std::int32_t codepoint) {
  const utf8proc_category_t category = utf8proc_category(codepoint);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

// One letter without marks; none when ASCII has nothing like it.
std::optional<std::string_view> plain_letter(std::int32_t letter) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789";
  if (letter < 0x80) {
    const auto place = kPlain.find(static_cast<char>(letter));
    return place == std::string_view::npos ? " " : kPlain.substr(place, 1);
  }
  const auto found = std::ranges::find(kSpellings, letter, &Spelling::letter);
  if (found != kSpellings.end()) return found->plain;
  if (is_letter(letter)) return std::nullopt;
  return " ";
}

}  // namespace

std::string plain_name(std::string_view name) {
  std::string plain;
  bool is_plain = true;
  for_each_character(name, [&](std::int32_t codepoint, std::string_view) {
    std::array<utf8proc_int32_t, 8> parts{};
    int boundary = 0;
    constexpr auto kHow = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    const auto count = codepoint < 0
                           ? 0
                           : utf8proc_decompose_char(codepoint, parts.data(),
                                                     static_cast<utf8proc_ssize_t>(parts.size()), kHow, &boundary);
    for (utf8proc_ssize_t i = 0; i < std::min<utf8proc_ssize_t>(count, parts.size()); ++i) {
      const auto letter = plain_letter(parts[static_cast<std::size_t>(i)]);
      if (!letter) is_plain = false;
      plain += letter.value_or("");
    }
  });
  return is_plain ? plain : std::string();
}

}  // namespace apportion
