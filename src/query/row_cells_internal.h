/// Rows of the engine as cells of tables. Internal to this module.
#pragma once

#include <span>
#include <vector>

#include "engine/query_engine.h"
#include "foundation/model/charge_columns.h"
#include "query/table.h"

namespace apportion {

inline TableKind table_kind(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kJson: return TableKind::kText;
    case ColumnType::kDecimal: return TableKind::kDecimal;
    case ColumnType::kDay: return TableKind::kDay;
    case ColumnType::kInteger: return TableKind::kInteger;
  }
  return TableKind::kText;
}

inline TableCell row_cell(const EngineRow& row, std::size_t column, TableKind kind) {
  if (row.is_null(column)) return {};
  switch (kind) {
    case TableKind::kText: return std::string(row.text(column));
    case TableKind::kDecimal:
    case TableKind::kPercent:
    case TableKind::kMoney: return row.decimal(column);
    case TableKind::kInteger: return row.integer(column);
    case TableKind::kDay: return row.day(column);
  }
  return {};
}

/// The first cells of a row, as many as there are columns.
inline std::vector<TableCell> row_cells(const EngineRow& row, std::span<const TableColumn> columns) {
  std::vector<TableCell> cells;
  for (std::size_t i = 0; i < columns.size(); ++i) cells.push_back(row_cell(row, i, columns[i].kind));
  return cells;
}

}  // namespace apportion
