/// The order of a report's rows: the largest amounts first, and the many small ones as one row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "foundation/base/result.h"
#include "query/table.h"

namespace apportion {

struct Ranking {
  std::string column;               ///< A column of the table, in any case.
  std::optional<std::int64_t> top;  ///< At most so many rows of each currency; unset: all.
};

/// Orders rows by currency, then by the column: amounts and counts the largest first, texts and days in ascending
/// order, unknown ones last. What is unassigned stands below all others of its currency, and is never
/// among the top. Rows beyond the top become one row `N others` of their currency, whose amounts are sums, empty where
/// one of them is unknown. Errors: kNoSuchColumn.
Result<void> rank_rows(Table& table, const Ranking& ranking);

}  // namespace apportion
