#include "query/table.h"

#include <algorithm>
#include <map>
#include <utility>

#include "foundation/base/text.h"

namespace apportion {

std::string cell_text(const TableCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* decimal = std::get_if<Decimal>(&cell)) return decimal->to_string();
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* day = std::get_if<Day>(&cell)) return day->to_string();
  return {};
}

std::optional<std::size_t> currency_column(const Table& table) {
  if (table.currency) return std::nullopt;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const TableColumn& column = table.columns[i];
    const bool says_it =
        ascii_equal_ignoring_case(column.name, "BillingCurrency") || ascii_equal_ignoring_case(column.name, "Currency");
    if (says_it && column.kind == TableKind::kText) return i;
  }
  return std::nullopt;
}

std::optional<Currency> currency_of_row(const Table& table, const std::vector<TableCell>& row) {
  const auto column = currency_column(table);
  return column ? Currency::parse(cell_text(row[*column])) : table.currency;
}

TableCell sum_of_column(const Table& table, const std::vector<std::vector<TableCell>>& rows, std::size_t column) {
  std::optional<Decimal> sum;
  for (const auto& row : rows) {
    const auto* amount = std::get_if<Decimal>(&row[column]);
    if (amount == nullptr && !table.columns[column].unknown_counts_as_nothing) return {};
    if (amount != nullptr) sum = sum.value_or(Decimal()) + *amount;
  }
  return optional_cell(sum);
}

std::vector<std::vector<TableCell>> totals_of(const Table& table) {
  if (!table.has_totals) return {};
  std::map<Currency, std::vector<std::vector<TableCell>>> rows_by_currency;
  for (const auto& row : table.rows) {
    const auto currency = currency_of_row(table, row);
    if (!currency) return {};
    rows_by_currency[*currency].push_back(row);
  }
  const auto currency_at = currency_column(table);
  const auto name_at = static_cast<std::size_t>(std::ranges::find(table.columns, TableKind::kText, &TableColumn::kind) -
                                                table.columns.begin());
  std::vector<std::vector<TableCell>> totals;
  for (const auto& [currency, rows] : rows_by_currency) {
    auto& cells = totals.emplace_back(table.columns.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (table.columns[i].kind == TableKind::kMoney) cells[i] = sum_of_column(table, rows, i);
    }
    if (currency_at) cells[*currency_at] = std::string(currency.code());
    if (name_at < cells.size() && currency_at != name_at) cells[name_at] = std::string("Total");
  }
  return totals;
}

std::vector<std::vector<TableCell>> shown_totals_of(const Table& table) {
  return table.rows.size() < 2 ? std::vector<std::vector<TableCell>>() : totals_of(table);
}

}  // namespace apportion
