#include "azure/connect/probes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "azure/connect/json_fields.h"
#include "azure/connect/probes_internal.h"
#include "azure/json_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kRbacVersion = "2022-04-01";
constexpr std::string_view kSubscriptionVersion = "2022-12-01";
constexpr std::string_view kProviderVersion = "2021-04-01";
constexpr std::string_view kWriteExports = "Microsoft.CostManagement/exports/write";
constexpr std::string_view kWriteStorage = "Microsoft.Storage/storageAccounts/write";
constexpr std::string_view kAssignRoles = "Microsoft.Authorization/roleAssignments/write";

constexpr std::string_view kPartnerBilling = "PartnerBilling.Read.All";
constexpr std::string_view kGraphAppId = "00000003-0000-0000-c000-000000000000";  // Microsoft Graph's, in every tenant
constexpr std::string_view kNoOperation = "00000000-0000-0000-0000-000000000000";

constexpr auto kStateNames = std::to_array<std::pair<ProbeState, std::string_view>>({
    {ProbeState::kOk, "ok"},
    {ProbeState::kWarning, "warning"},
    {ProbeState::kFailed, "failed"},
    {ProbeState::kSkipped, "skipped"},
});

/// Whether an action fits a pattern of a role: `*` stands for any text, case does not count.
bool fits(std::string_view pattern, std::string_view action) {
  const std::string low_pattern = ascii_lower(pattern);
  const std::string low_action = ascii_lower(action);
  const auto parts = split_text(low_pattern, '*');
  if (parts.size() == 1) return low_pattern == low_action;
  std::string_view rest = low_action;
  if (!rest.starts_with(parts.front())) return false;
  rest.remove_prefix(parts.front().size());
  for (std::size_t at = 1; at + 1 < parts.size(); ++at) {
    const auto found = rest.find(parts[at]);
    if (found == std::string_view::npos) return false;
    rest.remove_prefix(found + parts[at].size());
  }
  return rest.ends_with(parts.back());
}

bool any_fits(const Json& patterns, std::string_view action) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [action](const Json& pattern) { return fits(text_field(pattern, {}), action); });
}

/// Whether the answer of Microsoft.Authorization/permissions allows an action.
bool allows(const Json& permissions, std::string_view action) {
  for (const Json& one : array_field(permissions, {"value"})) {
    const bool taken_out = any_fits(array_field(one, {"notActions"}), action);
    if (any_fits(array_field(one, {"actions"}), action) && !taken_out) return true;
  }
  return false;
}

std::string with_version(std::string_view path, std::string_view version) {
  return fmt::format("{}?api-version={}", percent_encoded(path, "/:"), version);
}

/// Whether every Azure can answer: some clouds and gateways have no such call, which says nothing of the connection.
enum class Question { kMustBeKnown, kMayBeUnknown };

// Not 404: that is what a wrong path, a wrong id and a hidden thing get too.
bool is_not_offered(const AzureFailure& failure) { return failure.status == 405; }

class Prober {
 public:
  Prober(const ProbeWorld& world, const ProbeSettings& settings)
      : world_(world), settings_(settings), scope_(settings.scope.value_or(Scope())) {}

  std::vector<Probe> run() {
    sign_in();
    if (settings_.scope) {
      probe_scope();
      probe_exports_readable();
      probe_exports_writable();
    }
    if (settings_.graph) {
      probe_invoices();
      probe_partner_billing(*settings_.graph);
    }
    if (settings_.manages_exports && !settings_.storage_account_id.empty()) {
      probe_storage_writable();
      probe_provider();
    }
    for (const ProbeStorage& storage : settings_.locations) {
      probe_storage(world_, settings_, storage, storage_token_, no_storage_token_, probes_);
    }
    for (const ProbeExpiry& expiry : settings_.expiries) {
      probes_.push_back(
          probe_expiry("expiry", expiry.what, expiry.what, expiry.day, world_.clock.today(), settings_.warn_days));
    }
    return std::move(probes_);
  }

 private:
  bool needs_arm() const { return settings_.scope.has_value() || !settings_.storage_account_id.empty(); }
  bool needs_storage_token() const {
    return std::any_of(settings_.locations.begin(), settings_.locations.end(),
                       [](const ProbeStorage& storage) { return storage.sas.empty(); });
  }

  void sign_in() {
    no_arm_token_ = no_storage_token_ = "the connection has no credential";
    if (!settings_.signs_in) return;
    if (needs_arm()) {
      arm_token_ = token_of("token-arm", settings_.tenant, world_.cloud.arm_scope());
      no_arm_token_ = "there is no token for Azure Resource Manager";
      principal_ = principal_of(arm_token_);
    }
    if (needs_storage_token()) {
      const std::string& tenant = settings_.storage_tenant.empty() ? settings_.tenant : settings_.storage_tenant;
      storage_token_ = token_of("token-storage", tenant, Cloud::storage_scope());
      no_storage_token_ = "there is no token for storage";
    }
    if (principal_.app_id.empty() && !principal_.is_user) principal_.app_id = settings_.client_id;
  }

  std::string token_of(std::string name, const std::string& tenant, const std::string& scope) {
    return token_of(*world_.tokens, std::move(name), tenant, scope);
  }

  std::string token_of(TokenSource& tokens, std::string name, const std::string& tenant, const std::string& scope) {
    const std::string where = tenant.empty() ? "the credential's own tenant" : fmt::format("tenant {}", tenant);
    const auto token = tokens.token({tenant, scope}, world_.cancel);
    if (token) {
      probes_.push_back(
          probe_ok(std::move(name), where, fmt::format("signed in with {}", tokens.credential().description())));
      return *token;
    }
    const bool own_tenant = tenant.empty() || ascii_equal_ignoring_case(tenant, settings_.tenant);
    Probe probe = probe_error(std::move(name), where, token_cause(token.error(), own_tenant), token.error());
    if (probe.cause == ProbeCause::kNoConsent) explain_consent(probe, tenant);
    probes_.push_back(std::move(probe));
    return {};
  }

  void explain_consent(Probe& probe, const std::string& tenant) const {
    if (settings_.client_id.empty() || tenant.empty()) return;
    probe.next = fmt::format("have an administrator of tenant {} open {} (the app registration must be multi-tenant)",
                             tenant, admin_consent_link(world_.cloud, tenant, settings_.client_id));
    probe.command = fmt::format("az login --tenant {} --allow-no-subscriptions && az ad sp create --id {}", tenant,
                                settings_.client_id);
  }

  /// Sends with the token; false, with a probe that says why, when there was no success.
  bool ask(Probe& probe, std::string_view doing, const std::string& method, const std::string& url,
           const std::string& body, Json& answer, const Grant& grant, Question question = Question::kMustBeKnown) {
    const auto response = arm_request(world_, arm_token_, method, url, body);
    if (!response) {
      probe = probe_error(probe.name, probe.where, ProbeCause::kUnreachable, response.error());
      return false;
    }
    if (!response->ok()) {
      const AzureFailure failure = read_failure(*response);
      if (question == Question::kMayBeUnknown && is_not_offered(failure)) {
        probe = probe_skipped(probe.name, probe.where, "Azure does not answer this question here");
        return false;
      }
      probe = probe_failed(probe.name, probe.where, arm_cause(failure), failure, doing);
      const bool perhaps_hidden = probe.cause == ProbeCause::kNoRole || probe.cause == ProbeCause::kNotFound;
      if (perhaps_hidden) name_grant(probe, grant, principal_);
      return false;
    }
    answer = parse_json(response->body).value_or(Json());
    return true;
  }

  /// A probe of that name at a scope; already in the list, as skipped, when there is no token.
  bool begin(Probe& probe, const char* name, const std::string& where) {
    probe.name = name;
    probe.where = where;
    if (!arm_token_.empty()) return true;
    probes_.push_back(probe_skipped(name, where, no_arm_token_));
    return false;
  }

  void probe_scope() {
    const Scope& scope = *settings_.scope;
    Probe probe;
    if (!begin(probe, "billing-scope-readable", scope.arm_id())) return;
    const bool subscription = scope.kind == ScopeKind::kSubscription;
    const std::string url =
        with_version(scope.arm_id(), subscription ? kSubscriptionVersion : std::string_view(settings_.billing_version));
    Json answer;
    const Question question = subscription ? Question::kMayBeUnknown : Question::kMustBeKnown;
    if (ask(probe, "read the scope", "GET", url, "", answer, grant_to_read(scope, principal_, world_.cloud),
            question)) {
      const std::string name = text_field(answer, {"properties", "displayName"});
      if (scope_.billing_profile.empty())
        scope_.billing_profile = last_segment(text_field(answer, {"properties", "billingProfileId"}));
      probe.said = name.empty() ? "the scope can be read" : fmt::format("the scope can be read: {}", excerpt(name));
    }
    probes_.push_back(std::move(probe));
  }

  void probe_exports_readable() {
    const Scope& scope = *settings_.scope;
    Probe probe;
    if (!begin(probe, "exports-readable", scope.arm_id())) return;
    const std::string url =
        with_version(scope.arm_id() + "/providers/Microsoft.CostManagement/exports", settings_.exports_version);
    Json answer;
    if (ask(probe, "list the exports", "GET", url, "", answer, grant_to_read(scope, principal_, world_.cloud))) {
      probe.said = fmt::format("the exports can be listed: {} of them", array_field(answer, {"value"}).size());
    }
    probes_.push_back(std::move(probe));
  }

  void probe_exports_writable() {
    const Scope& scope = *settings_.scope;
    Probe probe;
    if (!settings_.manages_exports) {
      probes_.push_back(probe_skipped("exports-writable", scope.arm_id(), "the connection only reads"));
      return;
    }
    if (!begin(probe, "exports-writable", scope.arm_id())) return;
    const Grant grant = grant_to_write_exports(scope, principal_, world_.cloud);
    const bool subscription = scope.kind == ScopeKind::kSubscription;
    if (scope.kind == ScopeKind::kCustomer && scope_.billing_profile.empty()) {
      probe.state = ProbeState::kWarning;
      probe.said = "it could not be checked: Azure did not name the billing profile of the customer";
      probes_.push_back(std::move(probe));
      return;
    }
    Json answer;
    const bool asked = subscription
                           ? ask_permissions(probe, scope.arm_id(), answer, grant)
                           : ask(probe, "ask what the principal may do", "POST",
                                 with_version(scope_.billing_id() + "/checkAccess", settings_.billing_version),
                                 Json{{"actions", {kWriteExports}}}.dump(), answer, grant, Question::kMayBeUnknown);
    if (asked) {
      const bool allowed = subscription ? allows(answer, kWriteExports) : is_allowed(answer);
      decide(probe, allowed, "exports can be created and changed", kWriteExports, grant);
      // Azure's own list of billing actions is not public: what it does not know it answers as not allowed.
      if (!subscription && !allowed) probe.state = ProbeState::kWarning;
    }
    probes_.push_back(std::move(probe));
  }

  static bool is_allowed(const Json& decisions) {
    for (const Json& decision : array_field(decisions, {})) {
      if (ascii_equal_ignoring_case(text_field(decision, {"accessDecision"}), "Allowed")) return true;
    }
    return false;
  }

  bool ask_permissions(Probe& probe, const std::string& resource, Json& answer, const Grant& grant) {
    const std::string url = with_version(resource + "/providers/Microsoft.Authorization/permissions", kRbacVersion);
    return ask(probe, "ask what the principal may do", "GET", url, "", answer, grant, Question::kMayBeUnknown);
  }

  void decide(Probe& probe, bool allowed, std::string_view can, std::string_view action, const Grant& grant) {
    probe.said = can;
    if (allowed) return;
    probe.state = ProbeState::kFailed;
    probe.cause = ProbeCause::kNoRole;
    probe.said = fmt::format("Azure says that the principal may not do {}", action);
    name_grant(probe, grant, principal_);
  }

  // Lists the invoices of this month: there may be none, which is an answer too.
  void probe_invoices() {
    if (!settings_.scope || settings_.scope->billing_account.empty()) return;
    const Scope& scope = *settings_.scope;
    Probe probe;
    if (!begin(probe, "invoices-readable", scope.billing_account_id())) return;
    const Day today = world_.clock.today();
    const std::string url =
        fmt::format("{}&periodStartDate={}&periodEndDate={}",
                    with_version(scope.billing_account_id() + "/invoices", settings_.billing_version),
                    Month::of(today).first_day().to_string(), today.to_string());
    Json answer;
    if (ask(probe, "list the invoices", "GET", url, "", answer, grant_to_read(scope, principal_, world_.cloud)))
      probe.said = "invoices can be listed";
    probes_.push_back(std::move(probe));
  }

  // Asks for an operation that does not exist: only who has the permission is told so. Nothing is exported.
  void probe_partner_billing(const ProbeGraph& graph) {
    const std::string where = world_.cloud.graph;
    constexpr std::string_view kName = "partner-billing-readable";
    if (graph.tokens == nullptr || where.empty()) {
      probes_.push_back(probe_skipped(std::string(kName), where.empty() ? "Microsoft Graph" : where,
                                      where.empty() ? "Microsoft Graph has no billing of partners in this cloud"
                                                    : "the connection has no credential"));
      return;
    }
    const std::string token = token_of(*graph.tokens, "token-graph", graph.tenant, world_.cloud.graph_scope());
    if (token.empty()) {
      probes_.push_back(probe_skipped(std::string(kName), where, "there is no token for Microsoft Graph"));
      return;
    }
    HttpRequest request;
    request.url = fmt::format("{}/v1.0/reports/partners/billing/operations/{}", where, kNoOperation);
    request.headers = {{"Accept", "application/json"}, {"Authorization", "Bearer " + token}};
    const auto response = world_.transport->send(request, world_.cancel);
    if (!response) {
      probes_.push_back(probe_error(std::string(kName), where, ProbeCause::kUnreachable, response.error()));
      return;
    }
    Probe probe = probe_ok(std::string(kName), where, "invoice lines can be asked for");
    if (response->status == 401 || response->status == 403 || response->status == 429 || response->status >= 500) {
      const AzureFailure failure = read_failure(*response);
      probe = probe_failed(probe.name, where, arm_cause(failure), failure, "ask for invoice lines");
      if (response->status < 429) explain_permission(probe, graph, principal_of(token));
    }
    probes_.push_back(std::move(probe));
  }

  void explain_permission(Probe& probe, const ProbeGraph& graph, const Principal& principal) const {
    probe.cause = ProbeCause::kNoConsent;
    probe.role = kPartnerBilling;
    probe.role_scope = "Microsoft Graph";
    probe.principal = principal.description();
    const std::string client_id = graph.client_id.empty() ? principal.app_id : graph.client_id;
    const std::string tenant = graph.tenant.empty() ? principal.tenant : graph.tenant;
    probe.next = fmt::format(
        "in the app registration, open API permissions, add the application permission {} of "
        "Microsoft Graph, and have an administrator of tenant {} open {}",
        kPartnerBilling, tenant, admin_consent_link(world_.cloud, tenant, client_id));
    probe.command = fmt::format(
        "az ad app permission add --id {0} --api {1} --api-permissions \"$(az ad sp show --id {1} --query "
        "\"appRoles[?value=='{2}'].id\" --output tsv)=Role\" && az ad app permission admin-consent --id {0}",
        client_id, kGraphAppId, kPartnerBilling);
  }

  void probe_storage_writable() {
    const std::string& account = settings_.storage_account_id;
    Probe probe;
    if (!begin(probe, "storage-account-writable", account)) return;
    const Grant grant = grant_to_deliver(account, settings_.storage_has_firewall, principal_);
    Json answer;
    if (ask_permissions(probe, account, answer, grant)) {
      const std::string_view needed =
          settings_.storage_has_firewall && allows(answer, kWriteStorage) ? kAssignRoles : kWriteStorage;
      decide(probe, allows(answer, needed), "exports can be delivered to the storage account", needed, grant);
    }
    probes_.push_back(std::move(probe));
  }

  void probe_provider() {
    const std::string subscription = segment_after(settings_.storage_account_id, "subscriptions");
    const std::string where = fmt::format("subscription {}", subscription);
    Probe probe;
    if (!begin(probe, "provider-registered", where)) return;
    const std::string path = fmt::format("/subscriptions/{}/providers/{}", subscription, kExportsProvider);
    Grant grant{"Contributor", fmt::format("/subscriptions/{}", subscription), "", ""};
    grant.command = fmt::format("az role assignment create --assignee {} --role Contributor --scope {}",
                                principal_.assignee(), grant.scope);
    grant.next = "run the command as an owner of the subscription, or have its owner register the provider";
    Json answer;
    if (ask(probe, "check whether the provider of exports is registered", "GET", with_version(path, kProviderVersion),
            "", answer, grant)) {
      const std::string state = text_field(answer, {"registrationState"});
      probe.said = fmt::format("{} is {}", kExportsProvider, state.empty() ? "in an unknown state" : state);
      if (!ascii_equal_ignoring_case(state, "Registered")) {
        probe.state = ProbeState::kFailed;
        probe.cause = ProbeCause::kNotRegistered;
        probe.command =
            fmt::format("az provider register --namespace {} --subscription {}", kExportsProvider, subscription);
        probe.next = "run the command, or apply the exports; either takes a few minutes: " + step(Step::kApplyExports);
      }
    }
    probes_.push_back(std::move(probe));
  }

  const ProbeWorld& world_;
  const ProbeSettings& settings_;
  Scope scope_;  // that of the settings, with the billing profile of a customer once Azure told it
  std::vector<Probe> probes_;
  std::string arm_token_;
  std::string storage_token_;
  std::string no_arm_token_;
  std::string no_storage_token_;
  Principal principal_;
};

}  // namespace

std::string_view probe_state_name(ProbeState state) {
  for (const auto& [known, name] : kStateNames) {
    if (known == state) return name;
  }
  return "";
}

Probe probe_ok(std::string name, std::string where, std::string said) {
  Probe probe;
  probe.name = std::move(name);
  probe.where = std::move(where);
  probe.said = std::move(said);
  return probe;
}

Probe probe_skipped(std::string name, std::string where, std::string because) {
  Probe probe = probe_ok(std::move(name), std::move(where), std::move(because));
  probe.state = ProbeState::kSkipped;
  return probe;
}

Probe probe_error(std::string name, std::string where, ProbeCause cause, const Error& error) {
  const std::string said = error.why.empty() ? error.what : fmt::format("{}: {}", error.what, error.why);
  Probe probe = probe_ok(std::move(name), std::move(where), said);
  probe.state = ProbeState::kFailed;
  probe.cause = cause;
  probe.next = error.next;
  return probe;
}

Probe probe_failed(std::string name, std::string where, ProbeCause cause, const AzureFailure& failure,
                   std::string_view doing) {
  const Error error = azure_error(failure, doing, where);
  return probe_error(std::move(name), std::move(where), cause, error);
}

void name_grant(Probe& probe, const Grant& grant, const Principal& principal) {
  probe.role = grant.role;
  probe.role_scope = grant.scope;
  probe.principal = principal.description();
  probe.command = grant.command;
  probe.next = grant.next;
}

Probe probe_expiry(std::string name, std::string where, std::string_view what, Day day, Day today, int warn_days) {
  const int days = day.days_since_epoch() - today.days_since_epoch();
  Probe probe = probe_ok(std::move(name), std::move(where),
                         fmt::format("{} is valid until {}, {} more days", what, day.to_string(), days));
  if (days > warn_days) return probe;
  probe.state = days < 0 ? ProbeState::kFailed : ProbeState::kWarning;
  probe.cause = days < 0 ? ProbeCause::kBadCredential : ProbeCause::kExpiresSoon;
  if (days < 0) probe.said = fmt::format("{} expired on {}", what, day.to_string());
  probe.next = fmt::format("renew {} and give it to the connection", what);
  return probe;
}

Result<HttpResponse> arm_request(const ProbeWorld& world, const std::string& token, std::string method,
                                 const std::string& path_and_query, std::string body) {
  HttpRequest request;
  request.method = std::move(method);
  request.url = world.cloud.arm + path_and_query;
  request.headers = {{"Accept", "application/json"}, {"Authorization", "Bearer " + token}};
  if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  request.body = std::move(body);
  return world.transport->send(request, world.cancel);
}

Result<std::vector<Probe>> run_probes(const ProbeWorld& world, const ProbeSettings& settings) {
  std::vector<Probe> probes = Prober(world, settings).run();
  if (world.cancel.requested()) return cancelled_error("");
  return probes;
}

bool all_well(const std::vector<Probe>& probes) {
  return std::none_of(probes.begin(), probes.end(),
                      [](const Probe& probe) { return probe.state == ProbeState::kFailed; });
}

}  // namespace apportion
