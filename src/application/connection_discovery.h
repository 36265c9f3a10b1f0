/// Looking around after signing in: billing accounts, their profiles and customers.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/azure_sessions.h"
#include "application/writable_workspace.h"
#include "azure/connect/billing_api.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "store/control_plane.h"

namespace apportion {

/// Everything in a billing account that the caller may see.
struct BillingOverview {
  BillingAccount account;
  std::vector<BillingProfile> profiles;
  std::vector<BillingCustomer> customers;  ///< Each tenant once.
};

/// The billing accounts that the caller sees, or the one of a scope.
Result<std::vector<BillingOverview>> look_at_billing(ArmClient& arm, const std::string& scope);

/// The same for a connection, whatever its scope is.
Result<std::vector<BillingOverview>> billing_accounts(const Caller& caller, const Workspace& workspace,
                                                      Gateway& gateway, const std::string& connection);

struct CustomersTaken {
  std::size_t added = 0;
  std::size_t known = 0;  ///< Their tenants belong to customers already.
};

struct BillingDiscovery {
  bool is_subscription = false;  ///< The scope is one, so there is no billing account to look at.
  std::vector<BillingOverview> accounts;
  /// Set when the connection had no scope: whether there was only one account, which is its scope now.
  std::optional<bool> scope_taken;
  std::optional<CustomersTaken> customers;  ///< If they were asked for.
};

/// Signs in, sees what is there, and takes the billing account as the scope when it is the only one and none was named.
/// With `with_customers`, Azure's customers become child organizations; existing ones stay untouched.
/// `signed_in` is called once the credential is ready and Azure is about to be asked; may be empty.
Result<BillingDiscovery> discover_billing(const Caller& caller, Workspace& workspace, Gateway& gateway,
                                          const Connection& connection, bool with_customers,
                                          const std::function<void()>& signed_in);

}  // namespace apportion
