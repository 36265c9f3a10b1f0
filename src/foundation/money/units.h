/// Arithmetic on units without their sign. Internal to this module.
#pragma once

#include "foundation/money/decimal.h"

namespace apportion {

constexpr UInt128 magnitude(Decimal value) {
  const auto units = static_cast<UInt128>(value.units());
  return value.is_negative() ? -units : units;
}

constexpr Decimal with_sign(UInt128 units, bool negative) {
  return Decimal::from_units(static_cast<Int128>(negative ? -units : units));
}

/// The one rounding rule, half to even: whether `quotient + remainder / divisor` rounds to `quotient + 1`, where
/// `remainder < divisor`. `more` says that the true remainder is a little larger, by less than 1.
template <class Unsigned>
bool rounds_up(const Unsigned& quotient, const Unsigned& remainder, const Unsigned& divisor, bool more = false) {
  const Unsigned complement = divisor - remainder;  // compared instead of 2 * remainder, which could overflow
  if (remainder != complement) return remainder > complement;
  return more || (quotient & 1U) != 0;
}

}  // namespace apportion
