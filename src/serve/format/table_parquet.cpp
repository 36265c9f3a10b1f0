// Tables as Parquet files, written by the engine.
#include <set>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"
#include "serve/format/table_formats.h"
#include "serve/format/table_rows.sql.h"

namespace apportion {
namespace {

constexpr std::string_view kScratchTable = "report_table_rows";

std::string_view engine_type_of(TableKind kind) {
  switch (kind) {
    case TableKind::kText: return "VARCHAR";
    case TableKind::kDecimal:
    case TableKind::kPercent:
    case TableKind::kMoney: return "DECIMAL(38,18)";
    case TableKind::kInteger: return "BIGINT";
    case TableKind::kDay: return "DATE";
  }
  return "VARCHAR";
}

// The engine's names ignore case: `tag.env` beside `tag.Env` becomes `tag.Env_2`.
std::vector<std::string> distinct_names(const std::vector<TableColumn>& columns) {
  std::set<std::string> taken;
  std::vector<std::string> names;
  for (const TableColumn& column : columns) {
    std::string name = column.name;
    for (int copy = 2; !taken.insert(fold_case(name)).second; ++copy) name = fmt::format("{}_{}", column.name, copy);
    names.push_back(std::move(name));
  }
  return names;
}

void append_cell(TableAppender& rows, const TableCell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) rows.null();
  if (const auto* text = std::get_if<std::string>(&cell)) rows.text(*text);
  if (const auto* decimal = std::get_if<Decimal>(&cell)) rows.decimal(*decimal);
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) rows.integer(*integer);
  if (const auto* day = std::get_if<Day>(&cell)) rows.day(*day);
}

Result<void> fill_scratch_table(const Table& table, Workbench& engine) {
  std::string columns = "position BIGINT";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    columns += fmt::format(", cell_{} {}", i, engine_type_of(table.columns[i].kind));
  }
  APPORTION_TRY(engine.make_table(kScratchTable, columns));
  APPORTION_ASSIGN(TableAppender rows, engine.append_to(kScratchTable));
  for (std::size_t position = 0; position < table.rows.size(); ++position) {
    APPORTION_CHECK(table.rows[position].size() == table.columns.size(), "a row of a table is as wide as its columns");
    rows.integer(static_cast<std::int64_t>(position));
    for (const TableCell& cell : table.rows[position]) append_cell(rows, cell);
    rows.end_row();
  }
  return rows.finish();
}

}  // namespace

Result<void> write_parquet(const Table& table, Workbench& engine, const std::filesystem::path& path) {
  APPORTION_TRY(fill_scratch_table(table, engine));
  const std::vector<std::string> names = distinct_names(table.columns);
  std::string columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    columns += fmt::format("{}cell_{} AS {}", i == 0 ? "" : ", ", i, sql_identifier(names[i]));
  }
  const auto written = engine.write_parquet(
      fmt::format(fmt::runtime(sql::kTableRowsSql), fmt::arg("columns", columns), fmt::arg("table", kScratchTable)), {},
      path);
  APPORTION_TRY(engine.drop_table(kScratchTable));
  return written ? ok() : Result<void>(written.error());
}

}  // namespace apportion
