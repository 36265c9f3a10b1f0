/// Remainder: exactly what rounding to 18 decimal places took away.
///
/// Azure writes some costs with more digits than a Decimal holds (24 were seen in real files). The cost is rounded, and
/// the rest is kept here, so that the sum over a file is known to its last digit. A count of 10^-36 in 128 bits: enough
/// for 10^19 rows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/money/decimal.h"

namespace apportion {

class Remainder {
 public:
  constexpr Remainder() = default;
  static constexpr Remainder from_units(Int128 units) { return Remainder(units); }

  constexpr Int128 units() const { return units_; }
  constexpr bool is_zero() const { return units_ == 0; }
  Remainder& operator+=(Remainder other) {
    units_ += other.units_;
    return *this;
  }

  friend constexpr bool operator==(Remainder, Remainder) = default;

 private:
  explicit constexpr Remainder(Int128 units) : units_(units) {}
  Int128 units_ = 0;
};

/// The number in `text` minus `rounded`, the result of `Decimal::parse_rounding`. Nothing if the text has non-zero
/// digits after the 36th.
std::optional<Remainder> remainder_of(std::string_view text, Decimal rounded);

/// The count of 10^-36 that it is, as it is kept: `-12`.
std::string count_text_of(Remainder remainder);
/// Reads what `count_text_of` wrote; of any other text, something.
Remainder remainder_of_count(std::string_view text);

/// `value` and `remainder` as one plain decimal number, without trailing zeros.
std::string exact_text(Decimal value, Remainder remainder);

}  // namespace apportion
