/// The values of a column with what they cost: what a filter can be completed with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "query/cost_report.h"
#include "query/table.h"

namespace apportion {

struct CostValuesRequest {
  std::string column;             ///< As `CostReportRequest::by`.
  std::string word;               ///< That values contain, whatever its case; empty: all.
  std::vector<CostFilter> where;  ///< All of them must hold.
  std::int64_t limit = 20;
};

/// Columns: the column, `BillingCurrency`, and the first cost that the audience may see. The most expensive values of
/// each currency come first. Errors: those of `cost_report`.
Result<Table> cost_values(LakeReader& reader, const ReadScope& scope, const CostValuesRequest& request);

}  // namespace apportion
