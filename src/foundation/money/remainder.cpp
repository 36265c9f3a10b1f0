#include "foundation/money/remainder.h"

#include <algorithm>

#include <boost/multiprecision/cpp_int.hpp>
#include <fmt/format.h>

#include "foundation/base/check.h"

namespace apportion {
namespace {

using boost::multiprecision::cpp_int;

constexpr int kRemainderScale = 36;

cpp_int power_of_ten(int exponent) { return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(exponent)); }

cpp_int wide(Int128 value) {
  const auto magnitude = static_cast<UInt128>(value < 0 ? -value : value);
  const cpp_int made =
      (cpp_int(static_cast<std::uint64_t>(magnitude >> 64)) << 64) + static_cast<std::uint64_t>(magnitude);
  return value < 0 ? cpp_int(-made) : made;
}

}  // namespace

std::optional<Remainder> remainder_of(std::string_view text, Decimal rounded) {
  // The text is a number: its digits, where the point stands, and an exponent.
  cpp_int significand = 0;
  int fraction_digits = 0;
  bool negative = false;
  bool in_fraction = false;
  std::size_t at = 0;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    const char c = text[at];
    if (c == '-') negative = true;
    if (c == '.') in_fraction = true;
    if (c < '0' || c > '9') continue;
    significand = significand * 10 + (c - '0');
    fraction_digits += in_fraction ? 1 : 0;
  }
  // An exponent beyond these bounds was refused, or made the number zero, before.
  constexpr int kExponentMax = 10'000;
  int exponent = 0;
  bool negative_exponent = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '-') negative_exponent = true;
    if (text[at] >= '0' && text[at] <= '9') exponent = std::min(exponent * 10 + (text[at] - '0'), kExponentMax);
  }
  const int shift = kRemainderScale - fraction_digits + (negative_exponent ? -exponent : exponent);
  cpp_int exact = shift >= 0 ? cpp_int(significand * power_of_ten(shift)) : cpp_int(significand / power_of_ten(-shift));
  if (shift < 0 && exact * power_of_ten(-shift) != significand) return std::nullopt;
  if (negative) exact = -exact;
  const cpp_int rest = exact - wide(rounded.units()) * power_of_ten(kRemainderScale - Decimal::kScale);
  APPORTION_CHECK(abs(rest) <= power_of_ten(Decimal::kScale), "a remainder is below one unit");
  return Remainder::from_units(static_cast<Int128>(rest));
}

std::string count_text_of(Remainder remainder) { return fmt::format("{}", remainder.units()); }

Remainder remainder_of_count(std::string_view text) {
  const bool negative = text.starts_with('-');
  UInt128 units = 0;
  for (const char digit : text.substr(negative ? 1 : 0)) units = units * 10 + static_cast<UInt128>(digit - '0');
  return Remainder::from_units(static_cast<Int128>(negative ? -units : units));
}

std::string exact_text(Decimal value, Remainder remainder) {
  if (remainder.is_zero()) return value.to_string();
  const cpp_int units = wide(value.units()) * power_of_ten(kRemainderScale - Decimal::kScale) + wide(remainder.units());
  std::string digits = cpp_int(abs(units)).str();
  if (digits.size() <= kRemainderScale) digits.insert(0, kRemainderScale + 1 - digits.size(), '0');
  digits.insert(digits.size() - kRemainderScale, ".");
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.ends_with('.')) digits.pop_back();
  return (units < 0 ? "-" : "") + digits;
}

}  // namespace apportion
