/// Customers that could be added: from the tenants seen in charges, and from those that Azure knows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/azure_sessions.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/snapshot.h"
#include "pipeline/publication/workspace.h"
#include "pipeline/split/rule_check.h"
#include "query/table.h"
#include "store/control_plane.h"

namespace apportion {

/// The tenants that have charges in published months, each once.
Result<std::vector<SeenTenant>> seen_tenants(const Workspace& workspace, std::vector<PublishedMonth> months);

/// The newest published month of each connection.
Result<std::vector<PublishedMonth>> newest_months(const ControlPlane& control_plane);

/// Tenants with charges of nobody in scope, with what they cost, by currency: `x_CustomerTenantId`,
/// `x_CustomerTenantName`, `BillingCurrency`, then the metrics. Charges without a tenant are one of them, without a
/// name. Errors: those of a cost report.
Result<Table> tenants_without_customer(const Workspace& workspace, const ReadScope& scope);

struct CustomerDiscovery {
  std::vector<Customer> proposed;  ///< With ids of their own, made from the names.
  std::size_t known = 0;           ///< Tenants that already belong to customers.
  std::vector<Error> not_asked;    ///< Of connections whose list of customers could not be read.
};

/// Changes nothing. Of all connections, or of one: the tenants of all its published months, and the customers that its
/// billing account lists where it signs in to one. A list that cannot be read leaves the tenants of charges. Errors:
/// kNoSuchConnection.
Result<CustomerDiscovery> discover_customers(const Caller& caller, const Workspace& workspace, Gateway& gateway,
                                             const std::optional<std::string>& connection);

}  // namespace apportion
