/// Amounts as recommendations write them: a plain number, or a JSON object with a value and its currency.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/money/decimal.h"

namespace apportion {

struct AmountText {
  Decimal value;
  std::string currency;  ///< As written; empty if there is only a number.
};

/// Reads `12.5` or `{"currency":"USD","value":12.5}` (keys in any case and order, `amount` for `value`; the number may
/// be quoted). Exact: the digits of the number are read as written; digits after the 18th are rounded. Nothing for any
/// other text.
std::optional<AmountText> parse_amount_text(std::string_view text);

}  // namespace apportion
