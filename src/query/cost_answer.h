/// The cost report as a person asks for it: with what it must not stay silent about, beside other months, ranked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "query/cost_report.h"
#include "query/table.h"

namespace apportion {

struct CostQuestion {
  CostReportRequest report;
  std::optional<std::string> compare = {};  ///< Beside other months: `previous` or `YYYY-MM`.
  std::optional<std::string> sort = {};     ///< A column; with `top`, else by the columns of the report.
  std::optional<std::int64_t> top = {};     ///< So many rows of each currency, and the others as one.
};

struct CostAnswer {
  Table table;
  /// What months in scope lack, what counts twice: for the partner only, as it names connections.
  std::vector<std::string> holes;
  std::string data_as_of;  ///< Of the oldest month; empty when nobody knows.
  CostSource source = CostSource::kCharges;
};

/// Errors: those of `cost_report`, `rank_rows` and `check_months_in_scope`; kComparisonNeedsTwo; the compared months
/// have costs of another currency or unit.
Result<CostAnswer> answer_costs(LakeReader& reader, const ReadScope& scope, Day today, const CostQuestion& question);

}  // namespace apportion
