#include "baseline.h"

#include <fmt/format.h>

#include "engine/engine.h"
#include "foundation/base/text.h"
#include "foundation/model/source_fields.h"

namespace apportion::bench {
namespace {

std::string typed_column(const std::string& name) {
  for (const SourceField& field : cost_details_fields()) {
    if (!ascii_equal_ignoring_case(field.name, name)) continue;
    const std::string column = sql_identifier(name);
    if (field.kind == CellKind::kDecimal) return fmt::format("CAST({} AS DECIMAL(38,18)) AS {}", column, column);
    if (field.kind == CellKind::kDay)
      return fmt::format("CAST(strptime({}, '%m/%d/%Y') AS DATE) AS {}", column, column);
  }
  return sql_identifier(name);
}

}  // namespace

Result<void> copy_with_duckdb(const std::vector<std::filesystem::path>& csv_files, const std::filesystem::path& parquet,
                              int threads) {
  EngineOptions options;
  options.memory_bytes_max = std::int64_t{8} << 30;
  options.threads = threads;
  APPORTION_ASSIGN(Engine engine, Engine::open(options));
  std::string files;
  for (const auto& file : csv_files) files += (files.empty() ? "" : ", ") + sql_literal(file.string());
  const std::string source = fmt::format("read_csv([{}], all_varchar = true, header = true)", files);
  APPORTION_TRY(engine.execute(fmt::format("CREATE TEMP VIEW source AS FROM {}", source)));
  APPORTION_ASSIGN(const std::vector<std::string> columns, engine.column_names("source"));
  std::string list;
  for (const std::string& column : columns) list += (list.empty() ? "" : ", ") + typed_column(column);
  return engine.execute(
      fmt::format("COPY (SELECT {} FROM source) TO {} (FORMAT parquet)", list, sql_literal(parquet.string())));
}

Result<CostTotals> totals_of_copy(const std::filesystem::path& parquet) {
  APPORTION_ASSIGN(Engine engine, Engine::open({}));
  const std::vector<std::filesystem::path> files{parquet};
  APPORTION_TRY(engine.view_over_parquet("copied", files, ""));
  CostTotals totals;
  APPORTION_TRY(
      engine.query("SELECT billingCurrency, sum(costInBillingCurrency), count(*) FROM copied GROUP BY billingCurrency",
                   {}, [&totals](const EngineRow& row) {
                     totals.by_currency[std::string(row.text(0))] = row.decimal(1);
                     totals.rows += row.integer(2);
                     return ok();
                   }));
  return totals;
}

}  // namespace apportion::bench
