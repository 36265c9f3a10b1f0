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

std::vector<std::vector<TableCell>> totals_of(const Table& table) {
  std::map<Currency, std::vector<TableCell>> totals;
  const bool has_money = std::ranges::find(table.columns, TableKind::kMoney, &TableColumn::kind) != table.columns.end();
  if (table.rows.size() < 2 || !has_money) return {};
  for (const auto& row : table.rows) {
    const auto currency = currency_of_row(table, row);
    if (!currency) return {};
    const auto [place, is_new] = totals.try_emplace(*currency, table.columns.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].kind != TableKind::kMoney) continue;
      TableCell& total = place->second[i];
      const auto* amount = std::get_if<Decimal>(&row[i]);
      const auto* sum = std::get_if<Decimal>(&total);
      const bool is_known = amount != nullptr && (is_new || sum != nullptr);
      total = is_known ? TableCell(is_new ? *amount : *sum + *amount) : TableCell();
    }
  }
  std::vector<std::vector<TableCell>> rows;
  const auto currency_at = currency_column(table);
  const auto name_at = std::ranges::find(table.columns, TableKind::kText, &TableColumn::kind) - table.columns.begin();
  for (auto& [currency, cells] : totals) {
    if (currency_at) cells[*currency_at] = std::string(currency.code());
    const auto name = static_cast<std::size_t>(name_at);
    if (name < cells.size() && currency_at != name) cells[name] = std::string("Total");
    rows.push_back(std::move(cells));
  }
  return rows;
}

}  // namespace apportion
