#include "application/customer_discovery.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "application/connection_discovery.h"
#include "application/customers.h"
#include "application/partner_only.h"
#include "application/reading.h"
#include "application/seen_tenants.sql.h"
#include "engine/row_values.h"
#include "foundation/base/guid.h"
#include "foundation/base/text.h"
#include "lake/relations.h"
#include "query/cost_answer.h"
#include "store/azure_catalog.h"

namespace apportion {
namespace {

// The customers that the billing account of a connection lists; none where it does not sign in.
Result<std::vector<BillingCustomer>> listed_customers(const Caller& caller, const Workspace& workspace,
                                                      Gateway& gateway, const Connection& connection) {
  std::vector<BillingCustomer> listed;
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto settings, catalog.settings(connection.id));
  if (!settings || settings->credential == "none") return listed;
  APPORTION_ASSIGN(const auto accounts, billing_accounts(caller, workspace, gateway, connection.name));
  for (const BillingOverview& account : accounts)
    listed.insert(listed.end(), account.customers.begin(), account.customers.end());
  return listed;
}

// Rows with the tenants of months: cells where there are some, since each charge is in one, and else charges.
Result<std::string> rows_with_tenants(const Workspace& workspace, Engine& engine, std::vector<PublishedMonth> months) {
  const Lake lake(workspace.home);
  std::vector<LakeFile> cells;
  std::erase_if(months, [&cells](const PublishedMonth& month) {
    if (!month.split || month.split->month_cube_files.empty()) return false;
    std::ranges::copy(month.split->month_cube_files, std::back_inserter(cells));
    return true;
  });
  constexpr std::string_view kTenants = "SELECT x_CustomerTenantId, x_CustomerTenantName FROM";
  std::string rows;
  if (!cells.empty()) {
    APPORTION_ASSIGN(const std::string of_cells, lake.rows_of(engine, cells));
    rows = fmt::format("{} {} cells", kTenants, of_cells);
  }
  if (!months.empty()) {
    APPORTION_ASSIGN(const Snapshot snapshot,
                     Snapshot::of(workspace.control_plane, ReadScope::of_partner(), std::move(months)));
    APPORTION_TRY(open_relations(engine, lake, snapshot));
    rows += fmt::format("{}{} charges", rows.empty() ? "" : " UNION ALL ", kTenants);
  }
  return fmt::format("({}) seen", rows);
}

}  // namespace

Result<std::vector<SeenTenant>> seen_tenants(const Workspace& workspace, std::vector<PublishedMonth> months) {
  std::vector<SeenTenant> tenants;
  if (months.empty()) return tenants;
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  APPORTION_ASSIGN(const std::string rows, rows_with_tenants(workspace, engine, std::move(months)));
  const std::string statement = fmt::format(fmt::runtime(sql::kSeenTenantsSql), fmt::arg("rows", rows));
  APPORTION_TRY(engine.query(statement, {}, [&tenants](const EngineRow& row) -> Result<void> {
    tenants.push_back({std::string(row.text(0)), text_at(row, 1)});
    return ok();
  }));
  return tenants;
}

Result<std::vector<PublishedMonth>> newest_months(const ControlPlane& control_plane) {
  APPORTION_ASSIGN(const auto all, published_months(control_plane, ReadScope::of_partner()));
  std::vector<PublishedMonth> newest;
  for (const PublishedMonth& month : all) {
    if (!month.charge_set) continue;
    if (!newest.empty() && newest.back().connection.id == month.connection.id) newest.pop_back();
    newest.push_back(month);
  }
  return newest;
}

Result<Table> tenants_without_customer(const Workspace& workspace, const ReadScope& scope) {
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  CostQuestion question;
  question.report.by = {"x_CustomerTenantId", "x_CustomerTenantName", "BillingCurrency"};
  question.report.where = {{"CustomerId", {kUnassignedCustomerId}}};
  APPORTION_ASSIGN(CostAnswer found, answer_costs(reading.lake(), scope, workspace.clock.today(), question));
  return std::move(found.table);
}

Result<CustomerDiscovery> discover_customers(const Caller& caller, const Workspace& workspace, Gateway& gateway,
                                             const std::optional<std::string>& connection) {
  APPORTION_TRY(check_partner(caller));
  const ControlPlane& control_plane = workspace.control_plane;
  CustomerDiscovery discovery;
  APPORTION_ASSIGN(auto months, published_months(control_plane, ReadScope::of_partner(connection, std::nullopt)));
  std::erase_if(months, [](const PublishedMonth& month) { return !month.charge_set; });
  APPORTION_ASSIGN(const auto connections, control_plane.connections());
  std::vector<BillingCustomer> found;
  for (const Connection& one : connections) {
    if (connection && one.name != *connection) continue;
    auto listed = listed_customers(caller, workspace, gateway, one);
    if (listed) {
      found.insert(found.end(), listed->begin(), listed->end());
    } else {
      discovery.not_asked.push_back(std::move(listed).error());
    }
  }
  APPORTION_ASSIGN(const auto seen, seen_tenants(workspace, std::move(months)));
  for (const SeenTenant& tenant : seen) {
    if (tenant.id == kNoGuid || !is_guid(tenant.id)) continue;
    BillingCustomer& customer = found.emplace_back();
    customer.tenant_id = tenant.id;
    customer.display_name = tenant.name;
  }
  APPORTION_ASSIGN(const auto known, control_plane.customers());
  discovery.proposed = customers_of_billing(found, known);
  std::set<std::string> tenants;
  for (const BillingCustomer& customer : found) tenants.insert(ascii_lower(customer.tenant_id));
  tenants.erase("");
  discovery.known = tenants.size() - discovery.proposed.size();
  return discovery;
}

}  // namespace apportion
