#include "foundation/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <random>

#include <fmt/format.h>
#include <utf8proc.h>

#include "foundation/base/characters.h"

namespace apportion {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string ascii_lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = lower(c);
  return lowered;
}

void assign_ascii_lower(std::string_view text, std::string& lowered) {
  lowered.resize(text.size());
  std::ranges::transform(text, lowered.begin(), lower);
}

bool ascii_equal_ignoring_case(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (lower(left[i]) != lower(right[i])) return false;
  }
  return true;
}

std::string fold_case(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for_each_character(text, [&folded](std::int32_t codepoint, std::string_view bytes) {
    if (codepoint < 0) {
      folded += bytes;
      return;
    }
    if (codepoint < 0x80) {
      folded += lower(static_cast<char>(codepoint));
      return;
    }
    std::array<utf8proc_int32_t, 8> parts{};
    int boundary = 0;
    const auto count = utf8proc_decompose_char(codepoint, parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
                                               UTF8PROC_CASEFOLD, &boundary);
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
      std::array<utf8proc_uint8_t, 4> encoded{};
      const auto length = utf8proc_encode_char(parts[static_cast<std::size_t>(i)], encoded.data());
      folded.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length));
    }
  });
  return folded;
}

std::vector<std::string_view> split_text(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  while (true) {
    const auto end = text.find(separator, start);
    if (end == std::string_view::npos) break;
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

int display_width(std::string_view text) {
  int width = 0;
  for_each_character(text, [&width](std::int32_t codepoint, std::string_view) {
    width += codepoint < 0 ? 1 : utf8proc_charwidth(codepoint);
  });
  return width;
}

std::string excerpt(std::string_view text, std::size_t bytes_max) {
  std::string shown;
  bool cut = false;
  for_each_character(text, [&](std::int32_t codepoint, std::string_view bytes) {
    if (cut || shown.size() + bytes.size() > bytes_max) {
      cut = true;
    } else if (codepoint == '\n') {
      shown += "\\n";
    } else if (codepoint == '\r') {
      shown += "\\r";
    } else if (codepoint < 0x20 || codepoint == 0x7f) {  // also bytes that are no UTF-8
      for (const char byte : bytes) shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    } else {
      shown += bytes;
    }
  });
  if (cut) shown += "…";
  return shown;
}

std::string random_guid() {
  std::random_device source;
  const auto draw = [&source] { return static_cast<std::uint32_t>(source()); };
  const std::uint32_t a = draw(), b = draw(), c = draw(), d = draw();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", a, b >> 16, b & 0xfff, 0x8000 | (c >> 18), c & 0xffff,
                     d);
}

}  // namespace apportion
