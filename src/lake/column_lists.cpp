#include "lake/column_lists.h"

#include <span>

#include <fmt/format.h>

#include "engine/query_engine.h"
#include "foundation/base/check.h"
#include "foundation/model/charge_columns.h"
#include "foundation/model/source_fields.h"
#include "lake/merged_moves.sql.h"

namespace apportion {
namespace {

std::string_view sql_type(CellKind kind) {
  switch (kind) {
    case CellKind::kText: return "VARCHAR";
    case CellKind::kDecimal: return "DECIMAL(38,18)";
    case CellKind::kDay: return "DATE";
  }
  return "VARCHAR";
}

std::span<const SourceField> fields_kept_of(Dataset dataset) {
  switch (dataset) {
    case Dataset::kReservationDetails: return fields_of(SourceKind::kReservationDetails);
    case Dataset::kReservationTransactions: return fields_of(SourceKind::kReservationTransactions);
    case Dataset::kReservationRecommendations: return fields_of(SourceKind::kReservationRecommendations);
    case Dataset::kPriceSheet: return price_sheet_fields();
    default: break;
  }
  stop_on_bug("fields_kept_of", "rows are kept as they are beside charges only", __FILE__, __LINE__);
}

}  // namespace

std::string assignment_id_sql(std::string_view relation) {
  return fmt::format("CAST({0}.x_RowId AS VARCHAR) || '/' || {0}.x_AssignmentKind || '/' || {0}.CustomerId", relation);
}

std::string merged_moves_sql(std::string_view moves) {
  return fmt::format(fmt::runtime(sql::kMergedMovesSql), fmt::arg("moves", moves));
}

std::string charge_columns_sql() {
  std::string columns;
  for (const ChargeColumn& column : charge_columns()) {
    columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", column.name, sql_type(column.type));
  }
  return columns;
}

std::string carried_columns_sql() {
  return charge_columns_sql() + ", CustomerId VARCHAR, x_AssignmentKind VARCHAR, x_RowCount BIGINT";
}

std::string kept_columns_sql(Dataset dataset) {
  std::string columns = "x_RowId BIGINT, x_SourceFile VARCHAR, x_SourceLine BIGINT, x_OtherColumns VARCHAR";
  for (const SourceField& field : fields_kept_of(dataset))
    columns += fmt::format(", {} {}", field.column, sql_type(field.kind));
  return columns;
}

std::string kept_column_list(Dataset dataset) {
  std::string columns = "x_RowId, x_SourceFile, x_SourceLine, x_OtherColumns";
  for (const SourceField& field : fields_kept_of(dataset)) columns += fmt::format(", {}", field.column);
  return columns;
}

std::string charge_column_list(std::string_view relation, const ColumnExpression& instead) {
  std::string columns;
  for (const ChargeColumn& column : charge_columns()) {
    const std::string name = sql_identifier(column.name);
    const std::string expression = instead ? instead(column.name) : std::string();
    columns += columns.empty() ? "" : ", ";
    columns += expression.empty() ? fmt::format("{}.{}", relation, name) : fmt::format("{} AS {}", expression, name);
  }
  return columns;
}

}  // namespace apportion
