/// Looking around after signing in: billing accounts, profiles, customers; and the questions of `connection add` on a
/// terminal. Internal to `cli`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "azure/connect/billing_api.h"
#include "foundation/base/result.h"
#include "serve/cli/azure_access.h"
#include "serve/cli/connection_access.h"
#include "serve/cli/session.h"
#include "store/control_plane.h"

namespace apportion {

/// Everything that a billing account holds, as far as it may be seen.
struct BillingOverview {
  BillingAccount account;
  std::vector<BillingProfile> profiles;
  std::vector<BillingCustomer> customers;  ///< Each tenant once.
};

/// The billing accounts that the caller sees, or the one of a scope.
Result<std::vector<BillingOverview>> look_at_billing(ArmClient& arm, const std::string& scope);

/// Signs in, tells what is there, and takes the billing account as the scope when it is the only one and none was
/// named. With `with_customers`, customers of Azure become child organizations, those that are there already untouched.
Result<void> discover_billing(Session& session, WritableWorkspace& writable, const Connection& connection,
                              Gateway& gateway, bool with_customers);

/// Customers of Azure as child organizations: an id from the display name, the tenant. Those whose tenant belongs to
/// one already are left out.
std::vector<Customer> new_customers(const std::vector<BillingCustomer>& found, const std::vector<Customer>& known);

/// Asks for what `connection add` needs. kUsage when there is no terminal to ask on.
Result<void> ask_for_connection(Session& session, std::string& name, std::map<Dataset, std::string>& locations,
                                AccessOptions& access);

}  // namespace apportion
