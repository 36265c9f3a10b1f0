/// The cost report: the four costs of the charges in scope, grouped by what the caller asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/money/currency.h"
#include "lake/lake_reader.h"
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
  /// Some of the four costs, `ConsumedQuantity` and `PricingQuantity`; none means the costs.
  std::vector<std::string> metrics;
  std::vector<CostFilter> where;          ///< All of them must hold.
  std::optional<Currency> currency = {};  ///< The costs in this currency, at the exchange rate of each charge.
  bool without_carried = false;           ///< Leave out what was carried from earlier months.
};

/// Sums over the relation `assigned_charges` (see lake/relations.h) of the scope. Uses the engine's named relations:
/// the caller's are replaced.
///
/// Columns: those asked for, named as the caller wrote them (one that is also the name of a metric in the result
/// becomes `by_NAME`), then the metrics. Rows are ordered by the columns asked for, empty values first
/// and `unassigned` last; an empty text
/// is the same as nothing. Columns whose case varies are grouped ignoring case and show the smallest of the texts. An
/// effective cost is empty where it is unknown for a row of the group: a month without amortized run is no part of a
/// sum. A list or contracted cost is empty where it is unknown for all rows; unknown among known ones counts as
/// nothing. Notices tell for how many rows a cost is unknown, and what these rows cost.
///
/// Quantities add within a unit only: their unit must be asked for, or be the same for all charges in scope.
///
/// With a currency, costs are named `BilledCostInUSD` and so on. A charge is taken into its pricing currency by
/// Microsoft's rate (`x_BillingExchangeRate`); sums of equal rate are divided by it and rounded to 18 digits. A sum is
/// empty where a charge in it that costs something has no rate to that currency, and a notice tells of it.
///
/// `kUsage` for an unknown column or metric, which for a customer is also one that its audience may not see, one asked
/// twice, and when charges of several currencies are in scope but `BillingCurrency` is not asked for: currencies never
/// add.
Result<Table> cost_report(LakeReader& reader, const ReadScope& scope, const CostReportRequest& request);

}  // namespace apportion
