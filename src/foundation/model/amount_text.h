/// Amounts as recommendations write them: a plain number, or a JSON object of a value and its currency.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/money/decimal.h"

namespace apportion {

struct AmountText {
  Decimal value;
  std::string currency;  ///< As written; empty when only a number stands there.
};

/// Reads `12.5` or `{"currency":"USD","value":12.5}` (keys in any case and order, `amount` for `value`; the number may
/// stand in quotes). Exact: the digits of the number are read as they are written; digits past the 18th are rounded.
/// Nothing for another text.
std::optional<AmountText> parse_amount_text(std::string_view text);

}  // namespace apportion
