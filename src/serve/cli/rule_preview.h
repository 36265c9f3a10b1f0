/// What a candidate rule file would change: amounts by customer and currency, old and new. Internal to `cli`.
#pragma once

#include <string>
#include <vector>

#include "pipeline/publication/publish_months.h"
#include "pipeline/split/splitter.h"
#include "query/table.h"

namespace apportion {

struct ConnectionPreview {
  std::string connection;
  PreviewTotals totals;
};

/// Columns: Connection, CustomerId, BillingCurrency, then Old, New and Difference of BilledCost and EffectiveCost.
/// Every customer that has charges before or after has a row, also when nothing changes.
Table preview_table(const std::vector<ConnectionPreview>& previews);

/// Tenants that the candidate leaves unassigned and the rules in force do not. Each once, by id.
std::vector<UnassignedTenant> newly_unassigned(const PreviewTotals& totals);

}  // namespace apportion
