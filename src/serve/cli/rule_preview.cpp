#include "serve/cli/rule_preview.h"

#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace apportion {
namespace {

constexpr std::array<std::string_view, 2> kMetrics = {"BilledCost",
                                                      "EffectiveCost"};  // the first two of cost_metrics()

struct Sides {
  CostSums old_costs;
  CostSums new_costs;
};

std::map<std::pair<CustomerId, Currency>, Sides> by_customer(const PreviewTotals& totals) {
  std::map<std::pair<CustomerId, Currency>, Sides> sides;
  for (const SplitTotal& total : totals.now.totals) sides[{total.customer, total.currency}].old_costs = total.costs;
  for (const SplitTotal& total : totals.candidate.totals)
    sides[{total.customer, total.currency}].new_costs = total.costs;
  return sides;
}

}  // namespace

Table preview_table(const std::vector<ConnectionPreview>& previews) {
  Table table;
  table.has_totals = true;
  table.columns = {{"Connection"}, {"CustomerId"}, {"BillingCurrency"}};
  for (const std::string_view metric : kMetrics) {
    for (const std::string_view side : {"Old", "New", "Difference"}) {
      table.columns.push_back({fmt::format("{}{}", metric, side), TableKind::kMoney});
    }
  }
  for (const ConnectionPreview& preview : previews) {
    for (const auto& [key, sides] : by_customer(preview.totals)) {
      std::vector<TableCell> row{preview.connection, key.first.raw(), std::string(key.second.code())};
      for (std::size_t metric = 0; metric < kMetrics.size(); ++metric) {
        row.emplace_back(sides.old_costs[metric]);
        row.emplace_back(sides.new_costs[metric]);
        row.emplace_back(sides.new_costs[metric] - sides.old_costs[metric]);
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

std::vector<UnassignedTenant> newly_unassigned(const PreviewTotals& totals) {
  std::set<std::string> seen;
  for (const UnassignedTenant& tenant : totals.now.unassigned_tenants) seen.insert(tenant.tenant_id);
  std::vector<UnassignedTenant> tenants;
  for (const UnassignedTenant& tenant : totals.candidate.unassigned_tenants) {
    if (seen.insert(tenant.tenant_id).second) tenants.push_back(tenant);
  }
  return tenants;
}

}  // namespace apportion
