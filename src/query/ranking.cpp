#include "query/ranking.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"
#include "foundation/model/ids.h"

namespace apportion {
namespace {

using Row = std::vector<TableCell>;

Result<std::size_t> column_named(const Table& table, const std::string& name) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (ascii_equal_ignoring_case(table.columns[i].name, name)) return i;
    names.push_back(table.columns[i].name);
  }
  const std::string_view nearest = nearest_text(name, names);
  return Error{ErrorId::kNoSuchColumn, "the report has no such column", excerpt(name),
               "rows are ordered by a column of --by or a metric",
               nearest.empty() ? "name one of them" : fmt::format("did you mean {}?", nearest)};
}

bool is_amount(TableKind kind) { return kind != TableKind::kText && kind != TableKind::kDay; }

// Whether a row is of nobody: only customers have such an id.
bool is_unassigned(const Table& table, const Row& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool tells = ascii_equal_ignoring_case(table.columns[i].name, "CustomerId");
    if (tells && cell_text(row[i]) == kUnassignedCustomerId) return true;
  }
  return false;
}

bool is_known(const TableCell& cell) { return !std::holds_alternative<std::monostate>(cell); }

// Whether the left row stands above the right one.
bool is_above(const Table& table, std::size_t column, const Row& left, const Row& right) {
  const auto rank = [&](const Row& row) {
    const auto currency = currency_column(table);
    return std::tuple(currency ? cell_text(row[*currency]) : std::string(), is_unassigned(table, row),
                      !is_known(row[column]));
  };
  const auto ranks = std::pair(rank(left), rank(right));
  if (ranks.first != ranks.second) return ranks.first < ranks.second;
  return is_amount(table.columns[column].kind) ? right[column] < left[column] : left[column] < right[column];
}

// The sum of rows beyond the top, as a row.
Row others_of(const Table& table, const std::vector<Row>& rows) {
  Row others(table.columns.size());
  const auto currency = currency_column(table);
  bool is_named = false;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (currency == i) {
      others[i] = rows.front()[i];
    } else if (table.columns[i].kind == TableKind::kMoney) {
      others[i] = sum_of_column(table, rows, i);
    } else if (table.columns[i].kind == TableKind::kText && !is_named) {
      others[i] = fmt::format("{} others", rows.size());
      is_named = true;
    }
  }
  return others;
}

std::vector<Row> top_rows(const Table& table, std::int64_t top) {
  const auto currency = currency_column(table);
  std::vector<Row> kept;
  std::vector<Row> beyond;
  const auto end_currency = [&] {
    if (!beyond.empty()) kept.push_back(others_of(table, beyond));
    beyond.clear();
  };
  std::string of_currency;
  std::int64_t count = 0;
  for (const Row& row : table.rows) {
    const std::string code = currency ? cell_text(row[*currency]) : std::string();
    if (code != of_currency) {
      end_currency();
      count = 0;
    }
    of_currency = code;
    if (is_unassigned(table, row)) {
      end_currency();
      kept.push_back(row);
    } else if (count++ < top) {
      kept.push_back(row);
    } else {
      beyond.push_back(row);
    }
  }
  end_currency();
  return kept;
}

}  // namespace

Result<void> rank_rows(Table& table, const Ranking& ranking) {
  APPORTION_ASSIGN(const std::size_t column, column_named(table, ranking.column));
  std::ranges::stable_sort(table.rows,
                           [&](const Row& left, const Row& right) { return is_above(table, column, left, right); });
  if (ranking.top) table.rows = top_rows(table, *ranking.top);
  return ok();
}

}  // namespace apportion
