/// Rounding towards zero, as Microsoft's invoices round (`ROUNDDOWN`): never for our own amounts.
#pragma once

#include <optional>

#include "foundation/money/decimal.h"

namespace apportion {

/// `left * right` without its decimal places after the first `places` (0 to 18), from all digits of the product.
/// Nothing if it would be 10^20 or more.
std::optional<Decimal> product_rounded_down(Decimal left, Decimal right, int places);

}  // namespace apportion
