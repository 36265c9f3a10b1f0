/// Decimal: an exact decimal number with 18 decimal places.
///
/// A decimal is an integer count of 10^-18 *units* in 128 bits, with the range of SQL's `DECIMAL(38,18)`: absolute
/// values below 10^20. That is the one scale of Apportion (docs/adr/0003-one-scale-for-money.md). There is no way from
/// or to `float` and `double`; tests/must_not_compile holds that. Nothing here throws; overflow is reported, never
/// wrapped.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

/// Why a text is not a Decimal.
enum class DecimalError {
  kNone,
  kEmpty,          ///< No characters, or blanks only.
  kNotANumber,     ///< A character other than digits, one point, a sign and an exponent: `1,234.5`, `n/a`, `NaN`.
  kTooManyDigits,  ///< More than 18 significant decimal places: it would have to be rounded.
  kTooLarge,       ///< 10^20 or more.
};

/// What was expected, for messages: `a plain decimal number such as -12.5 or 1.6E-05`.
std::string_view decimal_error_text(DecimalError error);

class Decimal {
 public:
  static constexpr int kScale = 18;
  static constexpr Int128 kUnitsPerOne = 1'000'000'000'000'000'000;  ///< 10^18

  constexpr Decimal() = default;
  static constexpr Decimal from_units(Int128 units) { return Decimal(units); }
  static Decimal from_units(std::floating_point auto) = delete;
  static constexpr Decimal from_integer(std::int64_t value) { return Decimal(Int128{value} * kUnitsPerOne); }
  static Decimal from_integer(std::floating_point auto) = delete;

  /// Reads a decimal number: optional sign, digits, optional point, optional exponent (`1.60599E-05`); surrounding
  /// blanks are allowed. Never rounds: more than 18 significant decimal places are an error. On an error `value` is 0.
  struct Parsed;
  static Parsed parse(std::string_view text);
  /// Like `parse`, but digits after the 18th are rounded half to even (for prices and quantities, never for costs).
  /// `rounded` says whether that happened.
  static Parsed parse_rounding(std::string_view text);

  constexpr Int128 units() const { return units_; }
  constexpr bool is_zero() const { return units_ == 0; }
  constexpr bool is_negative() const { return units_ < 0; }
  constexpr Decimal negated() const { return Decimal(-units_); }

  /// Whether the sum with another is in the range.
  bool can_add(Decimal other) const;
  /// Sum and difference; a sum outside the range stops the program (10^20 of any currency is a bug, not a bill).
  friend Decimal operator+(Decimal left, Decimal right);
  friend Decimal operator-(Decimal left, Decimal right);
  Decimal& operator+=(Decimal other) { return *this = *this + other; }

  /// Plain decimal text without exponent and trailing zeros: `-12.5`, `0`, `0.000000000000000001`.
  std::string to_string() const;

  friend constexpr auto operator<=>(Decimal, Decimal) = default;

 private:
  explicit constexpr Decimal(Int128 units) : units_(units) {}
  Int128 units_ = 0;
};

struct Decimal::Parsed {
  Decimal value;
  DecimalError error = DecimalError::kNone;
  bool rounded = false;
};

/// `left * right` with the one rounding rule: to 18 digits, half to even. `overflow` when it is 10^20 or more.
struct DecimalProduct {
  Decimal value;
  bool overflow = false;
};
DecimalProduct multiply(Decimal left, Decimal right);
/// `a * b * c`, rounded once at the end.
DecimalProduct multiply(Decimal a, Decimal b, Decimal c);

}  // namespace apportion
