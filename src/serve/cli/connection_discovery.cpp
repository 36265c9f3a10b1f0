#include "serve/cli/connection_discovery.h"

#include <algorithm>
#include <iostream>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kCustomerIdMax = 48;

// `Süßwasser Logistik GmbH` becomes `s-wasser-logistik-gmbh`: an id is plain ASCII.
std::string id_of_name(const std::string& name) {
  std::string id;
  for (const char letter : ascii_lower(name)) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (plain) {
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
  if (taken.contains(id) || id == "unassigned") id += "-" + short_tenant;
  while (taken.contains(id)) id += "x";
  return id;
}

void say_account(Console& console, const BillingOverview& overview) {
  console.say(fmt::format("  billing account {} ({}), {}", overview.account.display_name, overview.account.name,
                          overview.account.agreement_type));
  for (const BillingProfile& profile : overview.profiles) {
    console.say(fmt::format("    profile {} ({}), billed in {}", profile.display_name, profile.name, profile.currency));
  }
  console.say(fmt::format("    {} customers", overview.customers.size()));
  if (!overview.account.is_partner())
    console.say("    note: this is no partner account; costs by customer tenant exist in partner accounts only");
}

Result<void> take_scope(Session& session, WritableWorkspace& writable, const Connection& connection,
                        const std::vector<BillingOverview>& accounts) {
  if (accounts.size() != 1) {
    session.console().say(
        fmt::format("  there are {} billing accounts; name the one that is meant: apportion connection edit {} "
                    "--billing-account ID",
                    accounts.size(), connection.name));
    return ok();
  }
  APPORTION_ASSIGN(AzureCatalog catalog, open_catalog(writable.workspace));
  APPORTION_ASSIGN(auto settings, catalog.settings(connection.id));
  APPORTION_ASSIGN(const Scope scope,
                   make_scope({ScopeKind::kBillingAccount, accounts.front().account.name, "", "", ""}));
  settings->scope = scope.arm_id();
  APPORTION_TRY(catalog.put_settings(*settings));
  session.console().say("  its scope is this billing account now");
  return ok();
}

Result<void> take_customers(Session& session, WritableWorkspace& writable,
                            const std::vector<BillingOverview>& accounts) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const auto known, control_plane.customers());
  std::vector<BillingCustomer> found;
  for (const BillingOverview& overview : accounts)
    found.insert(found.end(), overview.customers.begin(), overview.customers.end());
  const std::vector<Customer> added = new_customers(found, known);
  if (!added.empty()) APPORTION_TRY(control_plane.put_customers(added));
  session.console().say(fmt::format("  {} of them are new child organizations, {} were there already", added.size(),
                                    found.size() - added.size()));
  return ok();
}

// One question on the terminal; the default for an empty answer.
Result<std::string> ask(Session& session, const std::string& question, const std::string& otherwise = "") {
  session.console().say(otherwise.empty() ? question : fmt::format("{} [{}]", question, otherwise));
  std::string answer;
  if (!std::getline(*session.world().input, answer)) {
    return Error{ErrorCode::kUsage, "there was no answer", question, "the input ended",
                 "give the options instead: apportion connection add --help"};
  }
  const std::string_view text = trim(answer);
  return text.empty() ? otherwise : std::string(text);
}

Result<void> ask_for_sign_in(Session& session, AccessOptions& access) {
  APPORTION_ASSIGN(access.auth, ask(session,
                                    "How to sign in: client-secret, certificate, managed-identity, azure-cli, "
                                    "or none (folders, SAS)?",
                                    "client-secret"));
  if (*access.auth == "none") return ok();
  if (*access.auth != "managed-identity") {
    APPORTION_ASSIGN(access.tenant, ask(session, "Directory (tenant) id of the app registration?"));
  }
  if (*access.auth == "client-secret" || *access.auth == "certificate") {
    APPORTION_ASSIGN(access.client_id, ask(session, "Application (client) id?"));
  }
  if (*access.auth == "client-secret") {
    APPORTION_ASSIGN(access.client_secret_file, ask(session, "File with the client secret?"));
  }
  if (*access.auth == "certificate") {
    APPORTION_ASSIGN(access.certificate, ask(session, "File with certificate and key?"));
  }
  APPORTION_ASSIGN(std::string account, ask(session, "Billing account id? (empty: look which there are)"));
  if (!account.empty()) access.billing_account = std::move(account);
  return ok();
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
  return Error{ErrorCode::kAccess, "no billing account can be seen", wanted,
               wanted.empty() ? "Azure lists none for this identity" : "Azure lists others, but not this one",
               "give the identity a billing role there, as docs/connect.md says, or check the id"};
}

std::vector<Customer> new_customers(const std::vector<BillingCustomer>& found, const std::vector<Customer>& known) {
  std::set<std::string> ids, tenants;
  for (const Customer& customer : known) {
    ids.insert(customer.id.raw());
    tenants.insert(customer.tenant_ids.begin(), customer.tenant_ids.end());
  }
  std::vector<Customer> added;
  for (const BillingCustomer& customer : found) {
    const std::string tenant = ascii_lower(customer.tenant_id);
    if (tenant.empty() || !tenants.insert(tenant).second) continue;
    const std::string id = free_id(id_of_name(customer.display_name), tenant, ids);
    ids.insert(id);
    added.push_back({CustomerId(id), customer.display_name, customer.system_id, {tenant}});
  }
  return added;
}

Result<void> discover_billing(Session& session, WritableWorkspace& writable, const Connection& connection,
                              Gateway& gateway, bool with_customers) {
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(writable.workspace));
  APPORTION_ASSIGN(const auto azure, AzureSession::open(session, writable.workspace, catalog, connection, gateway));
  const std::string scope = azure->settings().scope;
  if (!scope.empty()) {
    APPORTION_ASSIGN(const Scope parsed, parse_scope(scope));
    if (parsed.kind == ScopeKind::kSubscription) {
      session.console().say("next: name the exports' locations: apportion connection edit " + connection.name);
      return ok();
    }
  }
  APPORTION_ASSIGN(ArmClient arm, azure->arm());
  session.console().say("signed in; looking around");
  APPORTION_ASSIGN(const auto accounts, look_at_billing(arm, scope));
  for (const BillingOverview& overview : accounts) say_account(session.console(), overview);
  if (scope.empty()) APPORTION_TRY(take_scope(session, writable, connection, accounts));
  if (with_customers) APPORTION_TRY(take_customers(session, writable, accounts));
  session.console().say(
      fmt::format("next: apportion exports plan --connection {} --storage ARM-ID --container NAME", connection.name));
  return ok();
}

Result<void> ask_for_connection(Session& session, std::string& name, std::map<Dataset, std::string>& locations,
                                AccessOptions& access) {
  if (session.world().input == nullptr || !session.world().input_is_terminal) {
    return Error{ErrorCode::kUsage, "the connection needs a name", "",
                 "--name is missing, and there is no terminal to ask on",
                 "`apportion connection add --help` shows the options"};
  }
  APPORTION_ASSIGN(name, ask(session, "Name of the connection?", "azure"));
  APPORTION_TRY(ask_for_sign_in(session, access));
  for (const Dataset dataset : {Dataset::kActualCost, Dataset::kAmortizedCost}) {
    APPORTION_ASSIGN(std::string location,
                     ask(session, fmt::format("Folder or URL that the {} export writes to? (empty: not known yet)",
                                              dataset_name(dataset))));
    if (!location.empty()) locations[dataset] = std::move(location);
  }
  return ok();
}

}  // namespace apportion
