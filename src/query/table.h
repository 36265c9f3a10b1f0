/// Table: the one shape in which queries return rows whose columns the caller chooses.
///
/// Amounts stay exact Decimals until a writer of `serve/format` puts them down as plain decimal text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"

namespace apportion {

enum class TableKind {
  kText,
  kDecimal,  ///< A number that people read as it is: a quantity.
  kPercent,  ///< A percentage; text tables show two decimals of it.
  kMoney,    ///< An amount of the currency of its row, or of the table.
  kInteger,
  kDay,
};

struct TableColumn {
  std::string name;
  TableKind kind = TableKind::kText;
  bool unknown_counts_as_nothing = false;  ///< In sums of the column; otherwise one makes the sum unknown.
  bool is_quantity = false;                ///< A sum like money, but of the unit of its row.
  std::string unit = {};                   ///< Of a quantity, where no column says it.
};

/// A cell holds what its column's kind says, or nothing (unknown or empty).
using TableCell = std::variant<std::monostate, std::string, Decimal, std::int64_t, Day>;

/// The value, or nothing where it is unknown.
template <class Value>
TableCell optional_cell(const std::optional<Value>& value) {
  return value ? TableCell(*value) : TableCell();
}
/// The text, or nothing where it is empty.
inline TableCell text_cell(const std::string& text) { return text.empty() ? TableCell() : TableCell(text); }

struct Table {
  std::vector<TableColumn> columns;
  std::vector<std::vector<TableCell>> rows;  ///< Each as wide as `columns`.
  std::vector<std::string> notices;          ///< Lines for people (stderr); no part of the data.
  /// Of all its money; unset where a column says it of each row.
  std::optional<Currency> currency = {};
  bool has_totals = false;              ///< Its money may be added up: no row repeats what another one says.
  std::vector<std::string> title = {};  ///< Lines above a sheet: what it shows, of which months, as of when.
};

/// Whether a column holds sums, of money or of a quantity.
inline bool is_sum(const TableColumn& column) { return column.kind == TableKind::kMoney || column.is_quantity; }
/// The position of the column that says the currency of a row (`BillingCurrency`, or `Currency`); empty when none
/// does, or when all money is in the table's own currency.
std::optional<std::size_t> currency_column(const Table& table);
/// The currency of the money in a row; empty when it is unknown.
std::optional<Currency> currency_of_row(const Table& table, const std::vector<TableCell>& row);
/// The sum of a column of amounts over some rows; empty where one of them is unknown and that counts, or where none is
/// known.
TableCell sum_of_column(const Table& table, const std::vector<std::vector<TableCell>>& rows, std::size_t column);
/// A row of exact sums for each currency. None for a table whose money does not add up, nor where the currency of a row
/// is not known.
std::vector<std::vector<TableCell>> totals_of(const Table& table);
/// Those that people need beside the rows: one row is its own total.
std::vector<std::vector<TableCell>> shown_totals_of(const Table& table);

/// A cell as plain text: decimals without exponent, days as ISO text, nothing as an empty text.
std::string cell_text(const TableCell& cell);

}  // namespace apportion
