#include "query/charge_dataset.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "query/charge_dataset.sql.h"
#include "query/row_cells_internal.h"

namespace apportion {
namespace {

std::string rows_of(const std::optional<CustomerId>& customer) {
  const std::string condition = customer ? "CustomerId = " + sql_literal(customer->raw()) : "true";
  return fmt::format(fmt::runtime(sql::kChargeDatasetSql), fmt::arg("condition", condition));
}

}  // namespace

Result<std::vector<TableColumn>> dataset_columns(NamedRelations& relations) {
  APPORTION_ASSIGN(const auto all, relations.columns());
  std::vector<TableColumn> columns;
  for (const NamedColumn& column : all) {
    if (column.relation == "assigned_charges") columns.push_back({column.name, table_kind(column.type)});
  }
  return columns;
}

Result<void> visit_dataset(NamedRelations& relations, const std::optional<CustomerId>& customer,
                           const std::function<Result<void>(std::vector<TableCell>)>& visit) {
  APPORTION_ASSIGN(const auto columns, dataset_columns(relations));
  return relations.engine().query(rows_of(customer), {},
                                  [&](const EngineRow& row) { return visit(row_cells(row, columns)); });
}

Result<std::int64_t> write_dataset_parquet(NamedRelations& relations, const std::optional<CustomerId>& customer,
                                           const std::filesystem::path& path) {
  return relations.write_parquet(rows_of(customer), path);
}

}  // namespace apportion
