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
  bool from_charges = false;              ///< Even where a cube could answer.
};

/// What an answer was added up from.
enum class CostSource {
  kCharges,  ///< Every charge, share and move: takes longer.
  kCubes,    ///< Cells of a cube (lake/cubes.h).
};
std::string_view cost_source_name(CostSource source);  ///< `charges`, `cubes`

struct SummedCosts {
  Table table;
  CostSource source = CostSource::kCharges;
};

/// Sums over the relation `assigned_charges` (see lake/relations.h) of the scope, or over the cells of a cube that has
/// all columns asked for: the answer is the same to the last digit. Quantities, tags, and costs in another currency are
/// always summed over charges. Uses the engine's named relations: the caller's are replaced.
///
/// Columns: those asked for, named as the caller wrote them (one that is also the name of a metric in the result
/// becomes `by_NAME`), then the metrics. Rows are ordered by the columns asked for, empty values first and
/// `unassigned` last; an empty text is the same as no value. Columns whose case varies are grouped ignoring case and
/// show the smallest of the texts. An effective cost is empty where it is unknown for a row of the group: a month
/// without an amortized run cannot be part of a sum. A list or contracted cost is empty where it is unknown for all
/// rows; among known ones, an unknown one adds nothing. Notices say for how many rows a cost is unknown, and what these
/// rows cost.
///
/// Quantities add within a unit only: their unit must be asked for, or be the same for all charges in scope.
///
/// With a currency, costs are named `BilledCostInUSD` and so on. A charge is taken into its pricing currency by
/// Microsoft's rate (`x_BillingExchangeRate`); sums of equal rate are divided by it and rounded to 18 digits. A sum is
/// empty where a charge in it that costs something has no rate to that currency, and a notice says so.
///
/// Errors: kNoSuchColumn and kNoSuchMetric, for a customer also where its audience may not see it; kColumnRepeated;
/// kFilterValueInvalid; kMixedCurrenciesInReport when charges in several currencies are in scope but `BillingCurrency`
/// is not asked for, since currencies are never added together; kMixedUnitsInReport.
Result<SummedCosts> sum_costs(LakeReader& reader, const ReadScope& scope, const CostReportRequest& request);

/// The same, for whom the table is enough.
Result<Table> cost_report(LakeReader& reader, const ReadScope& scope, const CostReportRequest& request);

}  // namespace apportion
