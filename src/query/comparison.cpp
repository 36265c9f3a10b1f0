#include "query/comparison.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/money/ratio.h"

namespace apportion {
namespace {

using Row = std::vector<TableCell>;
using Key = std::vector<std::string>;

struct Sides {
  Row keys;  // cells of a row, of which the keys are read
  const Row* now = nullptr;
  const Row* before = nullptr;
};

Key key_of(const Table& table, const Row& row) {
  Key key;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!is_sum(table.columns[i])) key.push_back(cell_text(row[i]));
  }
  return key;
}

std::optional<Decimal> amount(const Row* row, std::size_t column) {
  if (row == nullptr) return Decimal();
  const auto* known = std::get_if<Decimal>(&(*row)[column]);
  return known == nullptr ? std::nullopt : std::optional(*known);
}

void add_amounts(const Sides& sides, std::size_t column, Row& row) {
  const auto now = amount(sides.now, column);
  const auto before = amount(sides.before, column);
  const auto difference = now && before ? std::optional(*now - *before) : std::nullopt;
  row.push_back(optional_cell(now));
  row.push_back(optional_cell(before));
  row.push_back(optional_cell(difference));
  row.push_back(optional_cell(difference ? percent_of(*difference, *before) : std::nullopt));
}

}  // namespace

Table compared(const Table& now, const Table& before) {
  std::vector<Key> order;
  std::map<Key, Sides> rows;
  for (const auto& [table, side] : {std::pair(&now, &Sides::now), std::pair(&before, &Sides::before)}) {
    for (const Row& row : table->rows) {
      const auto [place, is_new] = rows.try_emplace(key_of(*table, row), Sides{row, nullptr, nullptr});
      if (is_new) order.push_back(place->first);
      place->second.*side = &row;
    }
  }
  Table table;
  table.currency = now.currency ? now.currency : before.currency;
  table.has_totals = now.has_totals;
  for (const TableColumn& column : now.columns) {
    table.columns.push_back(column);
    if (!is_sum(column)) continue;
    for (const std::string_view side : {"Before", "Difference"}) {
      TableColumn& beside = table.columns.emplace_back(column);
      beside.name = fmt::format("{}{}", column.name, side);
    }
    table.columns.push_back({column.name + "Percent", TableKind::kPercent});
  }
  for (const Key& key : order) {
    const Sides& sides = rows.at(key);
    Row& row = table.rows.emplace_back();
    for (std::size_t i = 0; i < now.columns.size(); ++i) {
      if (is_sum(now.columns[i])) {
        add_amounts(sides, i, row);
      } else {
        row.push_back(sides.keys[i]);
      }
    }
  }
  table.notices = now.notices;
  return table;
}

}  // namespace apportion
