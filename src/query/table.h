/// Table: the one shape in which queries hand on rows of which the columns are chosen by who asks.
///
/// Amounts stay exact Decimals until a writer of `serve/format` puts them down as plain decimal text.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/money/decimal.h"

namespace apportion {

enum class TableKind { kText, kDecimal, kInteger, kDay };

struct TableColumn {
  std::string name;
  TableKind kind = TableKind::kText;
};

/// A cell holds what its column's kind says, or nothing (unknown or empty).
using TableCell = std::variant<std::monostate, std::string, Decimal, std::int64_t, Day>;

struct Table {
  std::vector<TableColumn> columns;
  std::vector<std::vector<TableCell>> rows;  ///< Each as wide as `columns`.
  std::vector<std::string> notices;          ///< Lines for people (stderr); no part of the data.
};

/// A cell as plain text: decimals without exponent, days as ISO text, nothing as an empty text.
std::string cell_text(const TableCell& cell);

}  // namespace apportion
