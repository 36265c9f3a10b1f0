/// Previews by cells: sums of charges that tell rules apart as well as the charges do are read instead of them.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "pipeline/split/splitter.h"

namespace apportion {

/// A relation whose rows stand for all charges of a month: each for some that are alike in `columns`, canonical ones.
/// It has these, the four costs, and, without a meaning, `x_RowId`, `PricingQuantity` and `ConsumedQuantity`. Among the
/// columns are the currency, the category of charges, and the tenant with its name.
struct ChargeCells {
  std::string relation;
  std::span<const std::string_view> columns;

  bool has(std::string_view column) const { return std::ranges::find(columns, column) != columns.end(); }
};

/// `preview_split` of the same charges, read from the cells that know most of the columns that rules look at, if there
/// are any: `rows` of what comes from cells counts cells. Charges are read where a rule with another column may decide,
/// and where they are shared. Fails with `kCheckFailed` if cells and charges do not sum to the same.
Result<SplitResult> preview_split(Workbench& engine, const SplitRequest& request, std::span<const ChargeCells> cubes);

}  // namespace apportion
