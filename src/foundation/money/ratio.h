/// Parts of a whole: percentages and amounts per unit, rounded once, by the one rounding rule (half to even).
#pragma once

#include <cstdint>
#include <optional>

#include "foundation/money/decimal.h"

namespace apportion {

/// `part` as a percentage of `whole`, to 6 decimal places. Nothing if the whole is zero, or the percentage 10^20 or
/// more.
std::optional<Decimal> percent_of(Decimal part, Decimal whole);

/// `amount` divided by a whole number that is not zero, to 18 digits: for rates that are shown, never for parts that
/// must sum up (see allocate.h).
Decimal divided_by(Decimal amount, std::int64_t divisor);

/// `amount` divided by a rate that is not zero, to 18 digits. Nothing if the result would be 10^20 or more.
std::optional<Decimal> at_rate(Decimal amount, Decimal rate);

}  // namespace apportion
