#include "application/customers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/partner_only.h"
#include "foundation/base/count_text.h"
#include "foundation/base/guid.h"
#include "foundation/base/nearest_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/plain_name.h"
#include "foundation/base/text.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

constexpr std::size_t kCustomerIdMax = 48;

// `Süßwasser Logistik GmbH` becomes `susswasser-logistik-gmbh`: an id is plain ASCII.
std::string id_of_name(const std::string& name) {
  std::string id;
  for (const char letter : plain_name(name)) {
    if (letter != ' ') {
      id += letter;
    } else if (!id.empty() && id.back() != '-') {
      id += '-';
    }
  }
  if (id.size() > kCustomerIdMax) id.resize(kCustomerIdMax);
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id;
}

std::string free_id(const std::string& wanted, const std::string& tenant, const std::set<std::string>& taken) {
  constexpr std::size_t kTenantStart = 8;
  const std::string short_tenant = tenant.substr(0, kTenantStart);
  std::string id = wanted.empty() ? "customer-" + short_tenant : wanted;
  if ((taken.contains(id) || id == "unassigned") && !tenant.empty()) id += "-" + short_tenant;
  while (taken.contains(id) || id == "unassigned") id += "x";
  return id;
}

}  // namespace

std::string new_customer_id(const std::string& name, const std::string& tenant, const std::set<std::string>& taken) {
  return free_id(id_of_name(name), tenant, taken);
}

std::vector<Customer> customers_of_billing(const std::vector<BillingCustomer>& found,
                                           const std::vector<Customer>& known) {
  std::set<std::string> ids, tenants;
  for (const Customer& customer : known) {
    ids.insert(customer.id.raw());
    tenants.insert(customer.tenant_ids.begin(), customer.tenant_ids.end());
    for (const DatedTenant& tenant : customer.dated_tenants) tenants.insert(tenant.id);
  }
  std::vector<Customer> added;
  for (const BillingCustomer& customer : found) {
    const std::string tenant = ascii_lower(customer.tenant_id);
    if (tenant.empty() || !tenants.insert(tenant).second) continue;
    const std::string id = new_customer_id(customer.display_name, tenant, ids);
    ids.insert(id);
    added.push_back({CustomerId(id), customer.display_name, customer.system_id, {tenant}});
  }
  return added;
}

Result<void> check_tenant_ids(std::span<const std::string> tenant_ids) {
  for (const std::string& tenant : tenant_ids) {
    if (trim(tenant).empty() || is_guid(trim(tenant))) continue;
    return Error{ErrorId::kTenantNotAGuid, "a customer's tenant is not a GUID", tenant,
                 "charges name tenants by GUID, so this one would match none",
                 "write the tenant id as Entra shows it, for example 8d1f0f6e-0000-4000-8000-000000000001"};
  }
  return ok();
}

Result<std::vector<Customer>> list_customers(const Caller& caller, const Workspace& workspace) {
  APPORTION_TRY(check_partner(caller));
  return workspace.control_plane.customers();
}

Result<Caller> caller_of_customer(const Workspace& workspace, const std::string& actor, const CustomerId& customer) {
  APPORTION_ASSIGN(const auto view, workspace.control_plane.customer_view(customer));
  if (view) return Caller{actor, audience_of(*view), std::set{customer}};
  return Error{ErrorId::kNoSuchCustomer, "there is no such customer", fmt::format("`{}`", excerpt(customer.raw())), "",
               "see which there are: " + step(Step::kListCustomers)};
}

Result<CustomerId> known_customer(const Caller& caller, const Workspace& workspace, const std::string& id) {
  APPORTION_ASSIGN(const auto customers, list_customers(caller, workspace));
  std::vector<std::string_view> ids{kUnassignedCustomerId};
  for (const Customer& customer : customers) ids.push_back(customer.id.raw());
  if (std::ranges::find(ids, id) != ids.end()) return CustomerId(id);
  const std::string_view nearest = nearest_text(id, ids);
  return Error{
      ErrorId::kNoSuchCustomer, "there is no such customer", fmt::format("`{}`", excerpt(id)),
      fmt::format("{} known", count_of(static_cast<std::int64_t>(customers.size()), "customer is", "customers are")),
      nearest.empty() ? "see which there are: " + step(Step::kListCustomers)
                      : fmt::format("did you mean {}?", nearest)};
}

std::string tenants_text(const Customer& customer) {
  std::vector<std::string> tenants = customer.tenant_ids;
  for (const DatedTenant& tenant : customer.dated_tenants) tenants.push_back(to_text(tenant));
  return fmt::format("{}", fmt::join(tenants, ";"));
}

std::vector<std::string> tenants_without_guid(std::span<const Customer> customers) {
  std::vector<std::string> found;
  for (const Customer& customer : customers) {
    std::ranges::copy_if(customer.tenant_ids, std::back_inserter(found), std::not_fn(is_guid));
    for (const DatedTenant& tenant : customer.dated_tenants) {
      if (!is_guid(tenant.id)) found.push_back(tenant.id);
    }
  }
  return found;
}

}  // namespace apportion
