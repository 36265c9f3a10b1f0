/// Customers: made from what a billing account lists.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "azure/connect/billing_api.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

/// Those that Azure knows and `known` does not, by tenant: each with one tenant, and an id of its own made from the
/// name.
std::vector<Customer> customers_of_billing(const std::vector<BillingCustomer>& found,
                                           const std::vector<Customer>& known);

/// An id that is not taken, made of a name, or else of a tenant: plain ASCII, `susswasser-logistik-gmbh`.
std::string new_customer_id(const std::string& name, const std::string& tenant, const std::set<std::string>& taken);

/// Refuses a tenant that is not a GUID: charges name tenants by GUID, so another text (a domain) would match none of
/// them. The error's place is the tenant.
Result<void> check_tenant_ids(std::span<const std::string> tenant_ids);

/// By id. Errors: kPartnerOnly.
Result<std::vector<Customer>> list_customers(const Caller& caller, const Workspace& workspace);

/// What a customer of a home may see: its own rows, with the columns of its view. Errors: kNoSuchCustomer.
Result<Caller> caller_of_customer(const Workspace& workspace, const std::string& actor, const CustomerId& customer);

/// The id of a customer, or `unassigned`. Errors: kPartnerOnly; kNoSuchCustomer, which names the id most like it.
Result<CustomerId> known_customer(const Caller& caller, const Workspace& workspace, const std::string& id);

/// The tenants of a customer as files of customers have them: `TENANT;TENANT@2026-05-01`.
std::string tenants_text(const Customer& customer);

/// The customers' tenants that are not GUIDs, which older versions accepted.
std::vector<std::string> tenants_without_guid(std::span<const Customer> customers);

}  // namespace apportion
