/// The comparison: DuckDB's own `COPY (SELECT typed casts FROM read_csv) TO parquet` of the same files.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/money/decimal.h"

namespace apportion::bench {

/// Copies cost details CSV files to one Parquet file, amounts as DECIMAL(38,18), days as DATE, the rest as text.
Result<void> copy_with_duckdb(const std::vector<std::filesystem::path>& csv_files, const std::filesystem::path& parquet,
                              int threads);

/// Rows and costs by currency.
struct CostTotals {
  std::int64_t rows = 0;
  std::map<std::string, Decimal> by_currency;
  friend bool operator==(const CostTotals&, const CostTotals&) = default;
};

/// What the copied file sums to: the answer that an import must give too.
Result<CostTotals> totals_of_copy(const std::filesystem::path& parquet);

}  // namespace apportion::bench
