#include "pipeline/ingest/parquet_doubles.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

namespace apportion {
namespace {

// The digits with their exponent, in one of two forms.
std::string written(std::string_view digits, int exponent) {
  constexpr int kPlainMin = -4;
  constexpr int kPlainMax = 15;
  const auto places = static_cast<std::size_t>(exponent < 0 ? -exponent : exponent);
  std::string text;
  if (exponent < kPlainMin || exponent > kPlainMax) {
    text += digits.substr(0, 1);
    if (digits.size() > 1) text.append(".").append(digits.substr(1));
    text += exponent < 0 ? "e-" : "e+";
    if (places < 10) text += '0';
    text += std::to_string(places);
  } else if (exponent < 0) {
    text.append("0.").append(places - 1, '0').append(digits);
  } else if (digits.size() <= places + 1) {
    text.append(digits).append(places + 1 - digits.size(), '0').append(".0");
  } else {
    text.append(digits.substr(0, places + 1)).append(".").append(digits.substr(places + 1));
  }
  return text;
}

}  // namespace

std::string_view text_of_double(const char* bytes, TextArena& arena) {
  double number = 0;
  std::memcpy(&number, bytes, sizeof number);
  std::string text = std::signbit(number) ? "-" : "";
  if (std::isnan(number)) {
    text = "nan";
  } else if (std::isinf(number)) {
    text += "inf";
  } else {
    std::array<char, 64> made{};
    const auto [end, failure] =
        std::to_chars(made.data(), made.data() + made.size(), std::abs(number), std::chars_format::scientific);
    const std::string_view scientific(made.data(), static_cast<std::size_t>(end - made.data()));
    const std::size_t mark = scientific.find('e');
    std::string digits(scientific.substr(0, 1));
    if (mark > 2) digits += scientific.substr(2, mark - 2);
    int exponent = 0;
    const char* const first = scientific.data() + mark + (scientific[mark + 1] == '+' ? 2 : 1);
    std::from_chars(first, end, exponent);
    text += written(digits, exponent);
  }
  char* const room = arena.allocate(text.size());
  std::memcpy(room, text.data(), text.size());
  return {room, text.size()};
}

}  // namespace apportion
