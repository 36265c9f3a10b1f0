#include "foundation/money/decimal.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <boost/multiprecision/cpp_int.hpp>

#include "foundation/base/check.h"
#include "foundation/money/units.h"

namespace apportion {
namespace {

using boost::multiprecision::uint256_t;
using boost::multiprecision::uint512_t;

constexpr int kDigitsMax = 38;                                  // of a Decimal, 20 before the point and 18 after it
constexpr int kDigitsMaxOf64Bits = 19;                          // every number of 19 digits fits std::uint64_t
constexpr std::int64_t kExponentMax = 100'000'000'000'000'000;  // more than any text has digits to outweigh it

constexpr std::array<UInt128, kDigitsMax + 1> kPowersOfTen = [] {
  std::array<UInt128, kDigitsMax + 1> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

constexpr UInt128 kUnitsEnd = kPowersOfTen[kDigitsMax];  // the first magnitude out of range

constexpr unsigned digit_of(char c) { return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
constexpr bool is_digit(char c) { return digit_of(c) < 10; }

// Appends the digits at `at` to `number`, modulo 2^64, and returns where they end.
inline const char* take_digits(const char* at, const char* end, std::uint64_t& number) {
  for (; at != end && is_digit(*at); ++at) number = number * 10 + digit_of(*at);
  return at;
}

Decimal::Parsed failure(DecimalError error) { return {Decimal(), error, false}; }

// A number as it was written: (significand + tail) * 10^exponent, where the tail stands for the digits past the 38th.
class WrittenNumber {
 public:
  // The whole text must be digits with at most one point and at most one exponent.
  bool read(std::string_view text) {
    const char* const end = text.data() + text.size();
    const char* const whole = text.data();
    const char* at = add_digits(whole, end);
    std::ptrdiff_t digits = at - whole;
    if (at != end && *at == '.') {
      const char* const fraction = at + 1;
      at = add_digits(fraction, end);
      exponent_ -= at - fraction;
      digits += at - fraction;
    }
    if (digits == 0) return false;
    return at == end || read_exponent(at, end);
  }

  Decimal::Parsed to_decimal(bool negative, bool may_round) const {
    if (significand_ == 0) return {};
    const std::int64_t shift = exponent_ + Decimal::kScale;
    if (shift > kDigitsMax - digits_) return failure(DecimalError::kTooLarge);
    if (shift > 0) return {with_sign(significand_ * kPowersOfTen[static_cast<std::size_t>(shift)], negative)};

    const Cut cut = cut_digits(-shift);
    const bool exact = cut.remainder == 0 && !cut.more;
    if (exact) return {with_sign(cut.quotient, negative)};
    if (!may_round) return failure(DecimalError::kTooManyDigits);
    const UInt128 units = cut.quotient + (rounds_up(cut.quotient, cut.remainder, cut.divisor, cut.more) ? 1 : 0);
    if (units >= kUnitsEnd) return failure(DecimalError::kTooLarge);
    return {with_sign(units, negative), DecimalError::kNone, true};
  }

 private:
  // The significand without its last digits; `more` stands for the digits that are in no remainder.
  struct Cut {
    UInt128 quotient;
    UInt128 remainder;
    UInt128 divisor;
    bool more;
  };

  // Appends the digits at `at`, as many at a time as 64 bits hold; returns where they end.
  const char* add_digits(const char* at, const char* end) {
    if (significand_ == 0) at = std::find_if_not(at, end, [](char c) { return c == '0'; });
    while (at != end && is_digit(*at) && digits_ < kDigitsMax) {
      const char* const chunk_start = at;
      std::uint64_t chunk = 0;
      at = take_digits(at, at + std::min<std::ptrdiff_t>({end - at, kDigitsMax - digits_, kDigitsMaxOf64Bits}), chunk);
      const std::ptrdiff_t count = at - chunk_start;
      significand_ = significand_ * kPowersOfTen[static_cast<std::size_t>(count)] + chunk;
      digits_ += static_cast<int>(count);
    }
    for (; at != end && is_digit(*at); ++at) add_tail_digit(digit_of(*at));
    return at;
  }

  void add_tail_digit(unsigned digit) {
    ++exponent_;
    if (!has_tail_) {
      has_tail_ = true;
      tail_digit_ = digit;
    } else {
      tail_more_ = tail_more_ || digit != 0;
    }
  }

  bool read_exponent(const char* at, const char* end) {
    if (*at != 'e' && *at != 'E') return false;
    ++at;
    const bool negative = at != end && *at == '-';
    if (at != end && (*at == '-' || *at == '+')) ++at;
    if (at == end) return false;
    std::int64_t exponent = 0;
    for (; at != end && is_digit(*at); ++at) exponent = std::min(exponent * 10 + digit_of(*at), kExponentMax);
    exponent_ += negative ? -exponent : exponent;
    return at == end;
  }

  Cut cut_digits(std::int64_t count) const {
    if (count == 0) return {significand_, tail_digit_, 10, tail_more_};
    if (count > kDigitsMax) return {0, 0, 1, true};
    const UInt128 divisor = kPowersOfTen[static_cast<std::size_t>(count)];
    const UInt128 quotient = significand_ / divisor;
    return {quotient, significand_ - quotient * divisor, divisor, tail_digit_ != 0 || tail_more_};
  }

  UInt128 significand_ = 0;
  int digits_ = 0;  // of the significand
  std::int64_t exponent_ = 0;
  bool has_tail_ = false;
  unsigned tail_digit_ = 0;  // the first digit past the significand
  bool tail_more_ = false;   // whether a digit after it is not zero
};

Decimal::Parsed parse_any(std::string_view text, bool may_round) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.empty()) return failure(DecimalError::kEmpty);
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  WrittenNumber number;
  if (!number.read(text)) return failure(DecimalError::kNotANumber);
  return number.to_decimal(negative, may_round);
}

// Nearly every cell: perhaps a minus, then at most 19 digits, perhaps with a point, and no rounding. The rest is left
// to `parse_any`.
inline Decimal::Parsed parse_with(std::string_view text, bool may_round) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  std::uint64_t number = 0;
  const char* const whole = at;
  at = take_digits(at, end, number);
  std::ptrdiff_t digits = at - whole;
  std::ptrdiff_t fraction_digits = 0;
  if (at != end && *at == '.') {
    const char* const fraction = ++at;
    at = take_digits(at, end, number);
    fraction_digits = at - fraction;
    digits += fraction_digits;
  }
  if (at != end || digits == 0 || digits > kDigitsMaxOf64Bits || fraction_digits > Decimal::kScale) [[unlikely]] {
    return parse_any(text, may_round);
  }
  const UInt128 scale = kPowersOfTen[static_cast<std::size_t>(Decimal::kScale - fraction_digits)];
  return {with_sign(number * scale, negative)};
}

template <class Unsigned>
DecimalProduct rounded_quotient(const Unsigned& dividend, const Unsigned& divisor, bool negative) {
  Unsigned quotient = dividend / divisor;
  const Unsigned remainder = dividend - quotient * divisor;
  if (rounds_up(quotient, remainder, divisor)) quotient += 1;
  if (quotient >= Unsigned(kUnitsEnd)) return {Decimal(), true};
  return {with_sign(static_cast<UInt128>(quotient), negative), false};
}

bool is_in_range(Int128 units, bool wrapped) { return !wrapped && magnitude(Decimal::from_units(units)) < kUnitsEnd; }

Decimal checked(Int128 units, bool wrapped) {
  APPORTION_CHECK(is_in_range(units, wrapped), "a sum of amounts is 10^20 or more");
  return Decimal::from_units(units);
}

// Writes the decimal digits of `number` so that they end before `end`; returns where they start.
char* write_digits_before(char* end, UInt128 number) {
  for (; number > UINT64_MAX; number /= 10) *--end = static_cast<char>('0' + static_cast<int>(number % 10));
  auto rest = static_cast<std::uint64_t>(number);
  for (; rest != 0; rest /= 10) *--end = static_cast<char>('0' + rest % 10);
  return end;
}

}  // namespace

std::string_view decimal_error_text(DecimalError error) {
  switch (error) {
    case DecimalError::kNone: return "no error";
    case DecimalError::kEmpty: return "it is empty; expected a plain decimal number such as -12.5 or 1.6E-05";
    case DecimalError::kNotANumber: return "expected a plain decimal number such as -12.5 or 1.6E-05";
    case DecimalError::kTooManyDigits: return "expected at most 18 digits after the point, since more need rounding";
    case DecimalError::kTooLarge: return "expected a number below 10^20";
  }
  return "unknown error";
}

Decimal::Parsed Decimal::parse(std::string_view text) { return parse_with(text, false); }

Decimal::Parsed Decimal::parse_rounding(std::string_view text) { return parse_with(text, true); }

bool Decimal::can_add(Decimal other) const {
  Int128 sum = 0;
  const bool wrapped = __builtin_add_overflow(units_, other.units_, &sum);
  return is_in_range(sum, wrapped);
}

Decimal operator+(Decimal left, Decimal right) {
  Int128 sum = 0;
  const bool wrapped = __builtin_add_overflow(left.units_, right.units_, &sum);
  return checked(sum, wrapped);
}

Decimal operator-(Decimal left, Decimal right) {
  Int128 difference = 0;
  const bool wrapped = __builtin_sub_overflow(left.units_, right.units_, &difference);
  return checked(difference, wrapped);
}

std::string Decimal::to_string() const {
  constexpr auto kOne = static_cast<UInt128>(kUnitsPerOne);
  const UInt128 units = magnitude(*this);
  const UInt128 whole = units / kOne;
  auto fraction = static_cast<std::uint64_t>(units % kOne);

  std::array<char, 48> buffer;
  char* const end = buffer.data() + buffer.size();
  char* start = end;
  if (fraction != 0) {
    int digits = kScale;
    for (; fraction % 10 == 0; fraction /= 10) --digits;
    start = write_digits_before(end, fraction);
    while (start != end - digits) *--start = '0';
    *--start = '.';
  }
  start = whole == 0 ? start - 1 : write_digits_before(start, whole);
  if (whole == 0) *start = '0';
  if (is_negative()) *--start = '-';
  return {start, end};
}

DecimalProduct multiply(Decimal left, Decimal right) {
  const bool negative = left.is_negative() != right.is_negative();
  constexpr auto kDivisor = static_cast<UInt128>(Decimal::kUnitsPerOne);
  UInt128 product = 0;
  if (!__builtin_mul_overflow(magnitude(left), magnitude(right), &product)) {
    return rounded_quotient(product, kDivisor, negative);
  }
  return rounded_quotient<uint256_t>(uint256_t(magnitude(left)) * magnitude(right), uint256_t(kDivisor), negative);
}

DecimalProduct multiply(Decimal a, Decimal b, Decimal c) {
  constexpr Decimal kOne = Decimal::from_units(Decimal::kUnitsPerOne);
  if (c == kOne) return multiply(a, b);  // most rates of exchange
  const bool negative = (a.is_negative() != b.is_negative()) != c.is_negative();
  const uint512_t product = uint512_t(magnitude(a)) * magnitude(b) * magnitude(c);
  return rounded_quotient<uint512_t>(product, uint512_t(kPowersOfTen[2 * Decimal::kScale]), negative);
}

}  // namespace apportion
