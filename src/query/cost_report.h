/// The cost report: the four costs of the charges in scope, grouped by what the caller asks for.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake.h"
#include "query/table.h"
#include "store/control_plane.h"

namespace apportion {

/// Keeps rows whose column has one of these values. An empty value stands for "nothing in the column".
struct CostFilter {
  std::string column;  ///< Any name that `CostReportRequest::by` takes.
  std::vector<std::string> values;
};

struct CostReportRequest {
  /// Canonical columns or their short names in any case, `CustomerId`, `CustomerName`, `CustomerExternalId`, `Month`,
  /// `x_CarriedFrom`, or `tag.KEY` with the key exactly as it stands in the tags. None: one row with the total.
  std::vector<std::string> by;
  std::vector<std::string> metrics;  ///< Some of the four costs; none means all.
  std::vector<CostFilter> where;     ///< All of them must hold.
  bool without_carried = false;      ///< Leave out what was carried from earlier months.
};

/// Sums over the relation `assigned_charges` (see lake/relations.h) of the scope. Uses the engine's named relations:
/// the caller's are replaced.
///
/// Columns: those asked for, named as the caller wrote them (one that is also the name of a metric in the result
/// becomes `by_NAME`), then the metrics. Rows are ordered by the columns asked for, empty values first; an empty text
/// is the same as nothing. Columns whose case varies are grouped ignoring case and show the smallest of the texts. An
/// effective cost is empty where it is unknown for a row of the group: a month without amortized run is no part of a
/// sum. A list or contracted cost is empty where it is unknown for all rows; unknown among known ones counts as
/// nothing. Notices tell for how many rows a cost is unknown, and what these rows cost.
///
/// `kUsage` for an unknown column or metric, which for a customer is also one that its audience may not see, one asked
/// twice, and when charges of several currencies are in scope but `BillingCurrency` is not asked for: currencies never
/// add.
Result<Table> cost_report(Engine& engine, const ControlPlane& control_plane, const Lake& lake, const ReadScope& scope,
                          const CostReportRequest& request);

}  // namespace apportion
