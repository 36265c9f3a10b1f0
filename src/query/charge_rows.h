/// The charges behind a number: rows of the charges in scope, filtered as costs are, page by page.
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

struct ChargeRowsRequest {
  std::vector<CostFilter> where;     ///< All of them must hold.
  std::vector<std::string> columns;  ///< As `CostReportRequest::by`; none: those that identify a charge.
  std::int64_t offset = 0;
  std::int64_t limit = 100;
};

/// One row for each charge, share, move or carried change: the columns asked for, then the costs that the audience may
/// see. Rows are ordered by month, day and everything that is shown, so that pages fit together. Uses the engine's
/// named relations: the caller's are replaced.
///
/// Errors: kNoSuchColumn, kColumnRepeated, kFilterValueInvalid.
Result<Table> charge_rows(LakeReader& reader, const ReadScope& scope, const ChargeRowsRequest& request);

}  // namespace apportion
