/// Two reports beside each other.
#pragma once

#include "query/table.h"

namespace apportion {

/// The rows of `now` with those of `before` of the same keys (all columns but amounts and quantities; both tables have
/// the same columns). Each amount `X` is followed by the columns `XBefore`, `XDifference` and `XPercent`; the
/// percentage is of the amount before. What one side has no row for is zero there; what is unknown on a side is empty,
/// and so is its difference.
Table compared(const Table& now, const Table& before);

}  // namespace apportion
