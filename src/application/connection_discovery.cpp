#include "application/connection_discovery.h"

#include <set>
#include <utility>

#include "application/customers.h"
#include "application/partner_only.h"
#include "azure/connect/scope.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

// The account as the scope of the connection, when there is only one to choose.
Result<bool> take_scope(AzureCatalog& catalog, const Connection& connection,
                        const std::vector<BillingOverview>& accounts) {
  if (accounts.size() != 1) return false;
  APPORTION_ASSIGN(auto settings, catalog.settings(connection.id));
  APPORTION_ASSIGN(const Scope scope,
                   make_scope({ScopeKind::kBillingAccount, accounts.front().account.name, "", "", ""}));
  settings->scope = scope.arm_id();
  APPORTION_TRY(catalog.put_settings(*settings));
  return true;
}

Result<CustomersTaken> take_customers(ControlPlane& control_plane, const std::vector<BillingOverview>& accounts) {
  APPORTION_ASSIGN(const auto known, control_plane.customers());
  std::vector<BillingCustomer> found;
  for (const BillingOverview& overview : accounts)
    found.insert(found.end(), overview.customers.begin(), overview.customers.end());
  const std::vector<Customer> added = customers_of_billing(found, known);
  if (!added.empty()) APPORTION_TRY(control_plane.put_customers(added));
  return CustomersTaken{added.size(), found.size() - added.size()};
}

}  // namespace

Result<std::vector<BillingOverview>> look_at_billing(ArmClient& arm, const std::string& scope) {
  BillingApi api(arm);
  APPORTION_ASSIGN(auto accounts, api.accounts());
  std::string wanted;
  if (!scope.empty()) {
    APPORTION_ASSIGN(const Scope parsed, parse_scope(scope));
    wanted = parsed.billing_account;
  }
  std::vector<BillingOverview> all;
  for (BillingAccount& account : accounts) {
    if (!wanted.empty() && !ascii_equal_ignoring_case(account.name, wanted)) continue;
    BillingOverview overview{std::move(account), {}, {}};
    APPORTION_ASSIGN(overview.profiles, api.profiles(overview.account.name));
    APPORTION_ASSIGN(auto customers, api.customers(overview.account.name));
    std::set<std::string> seen;  // a customer of two billing profiles is listed twice
    for (BillingCustomer& customer : customers) {
      if (seen.insert(ascii_lower(customer.tenant_id)).second) overview.customers.push_back(std::move(customer));
    }
    all.push_back(std::move(overview));
  }
  if (!all.empty()) return all;
  return Error{ErrorId::kNoBillingAccount, "no billing account is visible", wanted,
               wanted.empty() ? "Azure lists none for this identity" : "Azure lists others, but not this one",
               "give the identity a billing role there (docs/connect.md says how), or check the id"};
}

Result<BillingDiscovery> discover_billing(const Caller& caller, Workspace& workspace, Gateway& gateway,
                                          const Connection& connection, bool with_customers,
                                          const std::function<void()>& signed_in) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto azure, AzureSession::open(workspace, catalog, connection, gateway));
  BillingDiscovery found;
  const std::string scope = azure->settings().scope;
  if (!scope.empty()) {
    APPORTION_ASSIGN(const Scope parsed, parse_scope(scope));
    found.is_subscription = parsed.kind == ScopeKind::kSubscription;
    if (found.is_subscription) return found;
  }
  APPORTION_ASSIGN(ArmClient arm, azure->arm());
  if (signed_in) signed_in();
  APPORTION_ASSIGN(found.accounts, look_at_billing(arm, scope));
  APPORTION_ASSIGN(const WritableWorkspace writable, begin_writing(workspace));
  if (scope.empty()) {
    APPORTION_ASSIGN(found.scope_taken, take_scope(catalog, connection, found.accounts));
  }
  if (with_customers) {
    APPORTION_ASSIGN(found.customers, take_customers(workspace.control_plane, found.accounts));
  }
  return found;
}

Result<std::vector<BillingOverview>> billing_accounts(const Caller& caller, const Workspace& workspace,
                                                      Gateway& gateway, const std::string& connection) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const Connection named, workspace.control_plane.connection_named(connection));
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto azure, AzureSession::open(workspace, catalog, named, gateway));
  APPORTION_ASSIGN(ArmClient arm, azure->arm());
  return look_at_billing(arm, "");
}

}  // namespace apportion
