#include "query/ranking.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
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
               "rows are sorted by a column that they are grouped by, or by a metric",
               nearest.empty() ? "name one of them" : fmt::format("did you mean {}?", nearest)};
}

bool is_amount(TableKind kind) { return kind != TableKind::kText && kind != TableKind::kDay; }

// What decides where a row of a table stands, beside the column that it is sorted by.
class Standing {
 public:
  explicit Standing(const Table& table) : currency_(currency_column(table)) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (ascii_equal_ignoring_case(table.columns[i].name, "CustomerId")) customer_ = i;
    }
  }

  // Of its currency; empty where no column says it.
  std::string_view currency_of(const Row& row) const { return currency_ ? text_of(row[*currency_]) : ""; }
  // Whether a row is of nobody: only customers have such an id.
  bool is_unassigned(const Row& row) const { return customer_ && text_of(row[*customer_]) == kUnassignedCustomerId; }

 private:
  static std::string_view text_of(const TableCell& cell) {
    const auto* text = std::get_if<std::string>(&cell);
    return text == nullptr ? std::string_view() : std::string_view(*text);
  }

  std::optional<std::size_t> currency_;
  std::optional<std::size_t> customer_;
};

bool is_known(const TableCell& cell) { return !std::holds_alternative<std::monostate>(cell); }

void sort_rows(Table& table, std::size_t column) {
  const Standing standing(table);
  const bool is_largest_first = is_amount(table.columns[column].kind);
  const auto rank = [&](const Row& row) {
    return std::tuple(standing.currency_of(row), standing.is_unassigned(row), !is_known(row[column]));
  };
  std::ranges::stable_sort(table.rows, [&](const Row& left, const Row& right) {
    const auto ranks = std::pair(rank(left), rank(right));
    if (ranks.first != ranks.second) return ranks.first < ranks.second;
    return is_largest_first ? right[column] < left[column] : left[column] < right[column];
  });
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
  const Standing standing(table);
  std::vector<Row> kept;
  std::vector<Row> beyond;
  const auto end_currency = [&] {
    if (!beyond.empty()) kept.push_back(others_of(table, beyond));
    beyond.clear();
  };
  std::string_view of_currency;
  std::int64_t count = 0;
  for (const Row& row : table.rows) {
    const std::string_view code = standing.currency_of(row);
    if (code != of_currency) {
      end_currency();
      count = 0;
    }
    of_currency = code;
    if (standing.is_unassigned(row)) {
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
  sort_rows(table, column);
  if (ranking.top) table.rows = top_rows(table, *ranking.top);
  return ok();
}

}  // namespace apportion
