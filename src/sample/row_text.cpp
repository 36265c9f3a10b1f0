#include "sample/row_text.h"

namespace apportion::sample {
namespace {

constexpr std::uint64_t kTenPow18 = 1'000'000'000'000'000'000U;
constexpr char kHexDigits[] = "0123456789abcdef";

/// Writes the digits of `value` so that they end before `end`; at least `width` of them. Returns the first.
char* write_digits_before(char* end, std::uint64_t value, int width) {
  char* first = end;
  do {
    *--first = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (end - first < width) {
    *--first = '0';
  }
  return first;
}

void write_guid(std::uint64_t high, std::uint64_t low, char* out) {
  high = (high & 0xFFFFFFFFFFFF0FFFU) | 0x4000U;
  low = (low & 0x3FFFFFFFFFFFFFFFU) | 0x8000000000000000U;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) {
      *out++ = '-';
    }
    const std::uint64_t half = nibble < 16 ? high : low;
    *out++ = kHexDigits[(half >> (60 - 4 * (nibble % 16))) & 0xFU];
  }
}

}  // namespace

int write_scaled(Scaled number, char* out) {
  const bool negative = number.units < 0;
  UInt128 rest = negative ? UInt128{0} - static_cast<UInt128>(number.units) : static_cast<UInt128>(number.units);
  std::array<char, 64> digits;
  char* const end = digits.data() + digits.size();
  char* first = end;
  while (rest >= kTenPow18) {
    first = write_digits_before(first, static_cast<std::uint64_t>(rest % kTenPow18), 18);
    rest /= kTenPow18;
  }
  first = write_digits_before(first, static_cast<std::uint64_t>(rest), 1);
  while (end - first <= number.digits) {
    *--first = '0';
  }
  char* const point = end - number.digits;
  const char* last = end;
  while (last > point && last[-1] == '0') {
    --last;
  }
  char* to = out;
  if (negative) {
    *to++ = '-';
  }
  to = std::copy(static_cast<const char*>(first), static_cast<const char*>(point), to);
  if (last > point) {
    *to++ = '.';
    to = std::copy(static_cast<const char*>(point), last, to);
  }
  return static_cast<int>(to - out);
}

RowText& RowText::add_padded(std::uint64_t value, int width) {
  std::array<char, 32> digits;
  char* const end = digits.data() + digits.size();
  const char* const first = write_digits_before(end, value, width);
  return add(std::string_view(first, static_cast<std::size_t>(end - first)));
}

RowText& RowText::add_guid(std::uint64_t high, std::uint64_t low) {
  std::array<char, 36> text;
  write_guid(high, low, text.data());
  return add(std::string_view(text.data(), text.size()));
}

Decimal decimal_of(std::string_view text) {
  const Decimal::Parsed parsed = Decimal::parse(text);
  APPORTION_CHECK(parsed.error == DecimalError::kNone, "a number of the sample is not a decimal");
  return parsed.value;
}

std::string guid_text(std::uint64_t high, std::uint64_t low) {
  std::string text(36, '\0');
  write_guid(high, low, text.data());
  return text;
}

}  // namespace apportion::sample
