/// Allocation: dividing an amount so that nothing is lost.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "foundation/money/decimal.h"

namespace apportion {

/// Splits `total` by `weights`; the parts sum to `total` exactly. Shares are cut toward zero at 10^-18, then the units
/// left over go one each to the largest remainders, ties to the earlier part: same input, same parts, including credits
/// (`total` < 0) and whatever the scale of the weights. Weights must not be negative and must not all be zero (a bug
/// otherwise: rule lists are checked before). Intermediate products are exact (256 bits).
std::vector<Decimal> allocate(Decimal total, std::span<const Decimal> weights);

/// Splits `total` in the proportions of `amounts`: by their sizes, whatever their signs. Nothing if they
/// are all zero.
std::optional<std::vector<Decimal>> allocate_like(Decimal total, std::span<const Decimal> amounts);

/// Splits `total` in proportion to `amounts` with their signs: each part is the same multiple of its amount but for the
/// last units; of 8 over 12 and -2, the parts are 9.6 and -1.6. Nothing if there is no such multiple above zero: the
/// amounts sum to zero and the total does not, or the two have different signs; and if it is so large that a part would
/// be 10^20 or more.
std::optional<std::vector<Decimal>> allocate_in_proportion(Decimal total, std::span<const Decimal> amounts);

/// Rounds amounts of one bill to the currency's minor unit so that the rounded parts sum to the rounded total (half to
/// even), by largest remainder, ties to the earlier part. No part moves by a whole minor unit, and a bill with every
/// sign turned rounds to the same parts with their signs turned. `minor_digits` is 0 to 18.
std::vector<Decimal> round_to_minor_units(std::span<const Decimal> parts, int minor_digits);

}  // namespace apportion
