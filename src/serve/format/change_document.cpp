#include "serve/format/change_document.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "foundation/base/text.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

std::string tenant_text(const std::string& id, const std::string& name) {
  if (id.empty()) return "charges without a tenant";
  return name.empty() ? fmt::format("tenant {}", id) : fmt::format("tenant {} ({})", id, excerpt(name));
}

}  // namespace

Table change_rows(const AmountChanges& changes) {
  Table table;
  table.has_totals = true;
  table.columns = {{"Connection"}, {"Month"}, {"CustomerId"}, {"CustomerName"}, {"BillingCurrency"}};
  for (TableColumn& column : change_amount_columns()) table.columns.push_back(std::move(column));
  table.columns.push_back({"Reason"});
  for (const AmountChange& change : changes.customers) {
    std::vector<TableCell> row{change.connection, change.month.to_string(), change.customer,
                               customer_name_cell(changes, change.customer), change.currency};
    for (TableCell& cell : change_amount_cells(change.before, change.after)) row.push_back(std::move(cell));
    row.emplace_back(change_reason_text(change.reason));
    table.rows.push_back(std::move(row));
  }
  return table;
}

void add_changes(nlohmann::ordered_json& document, const AmountChanges& changes) {
  document["changes"] = rows_json(change_rows(changes));
  document["unassigned_tenants"] = unassigned_tenants_json(changes);
}

nlohmann::ordered_json unassigned_tenants_json(const AmountChanges& changes) {
  auto list = nlohmann::ordered_json::array();
  for (const UnassignedTenantSum& tenant : unassigned_tenants(changes)) {
    nlohmann::ordered_json row{
        {"tenant_id", tenant.tenant_id}, {"tenant_name", tenant.tenant_name}, {"currency", tenant.currency}};
    if (tenant.costs.billed) row["BilledCost"] = tenant.costs.billed->to_string();
    if (tenant.costs.effective) row["EffectiveCost"] = tenant.costs.effective->to_string();
    row["new"] = tenant.is_new;
    list.push_back(std::move(row));
  }
  return list;
}

std::vector<TableColumn> change_amount_columns() {
  std::vector<TableColumn> columns;
  for (const std::string_view metric : {"BilledCost", "EffectiveCost"}) {
    for (const std::string_view side : {"Old", "New", "Difference"})
      columns.push_back({fmt::format("{}{}", metric, side), TableKind::kMoney});
  }
  return columns;
}

std::vector<TableCell> change_amount_cells(const KnownCosts& before, const KnownCosts& after) {
  const KnownCosts difference = after - before;
  std::vector<TableCell> cells;
  for (const auto metric : {&KnownCosts::billed, &KnownCosts::effective}) {
    for (const KnownCosts* costs : {&before, &after, &difference}) cells.push_back(optional_cell(costs->*metric));
  }
  return cells;
}

TableCell customer_name_cell(const AmountChanges& changes, const std::string& customer) {
  std::string name = changes.name_of(customer);
  return name.empty() ? TableCell() : TableCell(std::move(name));
}

std::string change_reason_text(const ChangeReason& reason) {
  if (reason.by_charges) return "different charges";
  if (reason.rule.empty()) return tenant_text(reason.tenant_id, reason.tenant_name);
  const bool is_told = reason.rule.starts_with("commitment polic") || reason.rule.starts_with(carried_rule(""));
  return is_told ? reason.rule : fmt::format("rule {}", excerpt(reason.rule));
}

}  // namespace apportion
