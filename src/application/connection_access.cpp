#include "application/connection_access.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "azure/connect/scope.h"
#include "azure/sas.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "pipeline/fetch/blob_url.h"

namespace apportion {
namespace {

constexpr std::array kTexts = {&AccessRequest::auth,
                               &AccessRequest::tenant,
                               &AccessRequest::client_id,
                               &AccessRequest::certificate,
                               &AccessRequest::token_file,
                               &AccessRequest::storage_tenant,
                               &AccessRequest::cloud,
                               &AccessRequest::login,
                               &AccessRequest::arm,
                               &AccessRequest::storage_suffix,
                               &AccessRequest::graph,
                               &AccessRequest::api_version,
                               &AccessRequest::scope,
                               &AccessRequest::billing_account,
                               &AccessRequest::billing_profile,
                               &AccessRequest::customer_tenant,
                               &AccessRequest::subscription};

Error contradiction(std::string why) {
  return {ErrorId::kOptionsContradict, "the options contradict each other", "", std::move(why),
          "see what a connection can be given: " + step(Step::kShowConnectionSettings)};
}

Result<std::string> scope_id(const AccessRequest& request) {
  if (request.scope) {
    if (request.billing_account || request.billing_profile || request.customer_tenant || request.subscription)
      return contradiction("a scope is given either whole or by its parts");
    APPORTION_ASSIGN(const Scope scope, parse_scope(*request.scope));
    return scope.arm_id();
  }
  if (request.subscription && (request.billing_account || request.billing_profile || request.customer_tenant))
    return contradiction("a subscription is a scope of its own, outside a billing account");
  Scope parts;
  parts.billing_account = request.billing_account.value_or("");
  parts.billing_profile = request.billing_profile.value_or("");
  parts.customer_tenant = request.customer_tenant.value_or("");
  parts.subscription = request.subscription.value_or("");
  parts.kind = request.subscription      ? ScopeKind::kSubscription
               : request.customer_tenant ? ScopeKind::kCustomer
               : request.billing_profile ? ScopeKind::kBillingProfile
                                         : ScopeKind::kBillingAccount;
  APPORTION_ASSIGN(const Scope scope, make_scope(parts));
  return scope.arm_id();
}

void replace(std::string& text, const std::optional<std::string>& given) {
  if (given) text = *given;
}

void replace_path(std::string& path, const std::optional<std::string>& given) {
  if (given) path = given->empty() ? "" : std::filesystem::absolute(*given).lexically_normal().string();
}

struct LegacyName {
  std::string_view name;
  Dataset dataset;
};
constexpr std::array kLegacyNames = {LegacyName{"reconciliation", Dataset::kInvoiceReconciliation},
                                     LegacyName{"daily-usage", Dataset::kDailyRatedUsage}};

Result<std::vector<Dataset>> datasets_named(const std::vector<std::string>& names) {
  std::vector<Dataset> datasets;
  for (const std::string& name : names) {
    const auto* found = std::ranges::find(kLegacyNames, name, &LegacyName::name);
    if (found == kLegacyNames.end()) {
      return Error{ErrorId::kFieldInvalid, "there are no such lines of invoices to fetch", excerpt(name),
                   "expected reconciliation, daily-usage, or both; what is not billed yet has no invoice that it could "
                   "be imported as",
                   "choose one of these"};
    }
    if (std::ranges::find(datasets, found->dataset) == datasets.end()) datasets.push_back(found->dataset);
  }
  return datasets;
}

// What the connection as a whole must have for the part.
Result<void> check_legacy(const LegacySettings& legacy, const AzureSettings& settings) {
  if (settings.cloud == "usgov" || settings.cloud == "china")
    return contradiction("Microsoft Graph has billing of partners in the public cloud only");
  if (!legacy.signs_in_by_itself() && settings.credential == "none")
    return contradiction("invoice lines of Microsoft Graph need a way to sign in");
  if (!legacy.signs_in_by_itself() && !legacy.client_id.empty())
    return contradiction("the legacy part has an application of its own, and no secret, certificate or token file");
  if (settings.scope.empty()) return ok();
  APPORTION_ASSIGN(const Scope scope, parse_scope(settings.scope));
  if (scope.kind == ScopeKind::kBillingAccount || scope.kind == ScopeKind::kBillingProfile) return ok();
  return contradiction("invoices are of a billing account or profile, and the connection covers less");
}

Result<void> check_kind(const std::string& name) {
  if (parse_credential_kind(name)) return ok();
  return Error{ErrorId::kNoSuchCredentialKind, "there is no such way to sign in", excerpt(name),
               "expected none, client-secret, certificate, federated-token, managed-identity or azure-cli",
               "choose one of these"};
}

}  // namespace

bool LegacyRequest::any() const { return wanted || fetch || auth || tenant || client_id || certificate || token_file; }

bool AccessRequest::any() const {
  const bool any_text = std::ranges::any_of(kTexts, [this](const auto text) { return (this->*text).has_value(); });
  return any_text || rs256 || use_reports || !secrets.empty();
}

bool AccessRequest::names_scope() const {
  return scope || billing_account || billing_profile || customer_tenant || subscription;
}

bool AccessRequest::has_secret(std::string_view name) const {
  return std::ranges::find(secrets, name, &GivenSecret::name) != secrets.end();
}

Result<void> apply_access(const AccessRequest& request, AzureSettings& settings) {
  if (request.auth) {
    APPORTION_TRY(check_kind(*request.auth));
    settings.credential = *request.auth;
  } else if (settings.credential == "none") {
    // A secret or a certificate says by itself how it is used.
    if (request.has_secret(kClientSecret)) settings.credential = "client-secret";
    if (request.certificate) settings.credential = "certificate";
    if (request.token_file) settings.credential = "federated-token";
  }
  replace(settings.tenant, request.tenant);
  replace(settings.client_id, request.client_id);
  replace_path(settings.certificate_file, request.certificate);
  replace_path(settings.token_file, request.token_file);
  replace(settings.storage_tenant, request.storage_tenant);
  replace(settings.cloud, request.cloud);
  replace(settings.login, request.login);
  replace(settings.arm, request.arm);
  replace(settings.storage_suffix, request.storage_suffix);
  replace(settings.graph, request.graph);
  replace(settings.api_version, request.api_version);
  if (request.rs256) settings.sign_with_rs256 = *request.rs256;
  if (request.use_reports) settings.use_reports = *request.use_reports;
  if (!request.cloud && (request.login || request.arm || request.storage_suffix || request.graph))
    settings.cloud = "custom";
  if (request.names_scope()) {
    APPORTION_ASSIGN(settings.scope, scope_id(request));
  }
  if (settings.use_reports && settings.scope.empty())
    return contradiction("Cost Details reports need a scope: a billing account, a customer's tenant or a subscription");
  return ok();
}

std::string_view legacy_name(Dataset dataset) {
  return std::ranges::find(kLegacyNames, dataset, &LegacyName::dataset)->name;
}

Result<std::optional<LegacySettings>> apply_legacy(const AccessRequest& request, const AzureSettings& settings,
                                                   std::optional<LegacySettings> before) {
  const LegacyRequest& given = request.legacy;
  const bool has_secret = request.has_secret(kLegacyClientSecret) || request.has_secret(kLegacyCertificatePassword);
  if (!before && !given.any() && !has_secret) return before;
  LegacySettings legacy =
      before.value_or(LegacySettings{{kInvoiceDatasets.begin(), kInvoiceDatasets.end()}, {}, {}, {}, {}, {}});
  if (given.fetch) {
    APPORTION_ASSIGN(legacy.datasets, datasets_named(*given.fetch));
    if (legacy.datasets.empty()) return std::optional<LegacySettings>();
  }
  replace(legacy.tenant, given.tenant);
  replace(legacy.client_id, given.client_id);
  replace_path(legacy.certificate_file, given.certificate);
  replace_path(legacy.token_file, given.token_file);
  if (given.auth) {
    if (!given.auth->empty()) APPORTION_TRY(check_kind(*given.auth));
    legacy.credential = *given.auth == "none" ? "" : *given.auth;
  } else if (!legacy.signs_in_by_itself()) {
    if (request.has_secret(kLegacyClientSecret)) legacy.credential = "client-secret";
    if (given.certificate) legacy.credential = "certificate";
    if (given.token_file) legacy.credential = "federated-token";
  }
  APPORTION_TRY(check_legacy(legacy, settings));
  return std::optional(std::move(legacy));
}

std::vector<GivenSecret> take_sas_of_locations(std::map<Dataset, std::string>& locations) {
  std::vector<GivenSecret> secrets;
  for (auto& [dataset, location] : locations) {
    if (!is_blob_location(location)) continue;
    UrlAndSas parts = split_sas(location);
    if (parts.sas.empty()) continue;
    const auto expires_on = sas_expiry_day(parts.sas);
    secrets.push_back({location_sas_name(dataset), std::move(parts.sas), expires_on});
    location = std::move(parts.url);
  }
  return secrets;
}

Result<void> drop_sas_of_moved(AzureCatalog& catalog, const Connection& before, const Connection& after) {
  for (const auto& [dataset, location] : before.locations) {
    if (after.location(dataset) == location) continue;
    APPORTION_TRY(catalog.remove_secret(before.id, location_sas_name(dataset)));
  }
  return ok();
}

Result<void> keep_secrets(const Environment& environment, const Workspace& workspace, AzureCatalog& catalog,
                          ConnectionId connection, const std::vector<GivenSecret>& secrets) {
  const std::string owner = connection_owner(connection);
  for (const GivenSecret& secret : secrets) {
    APPORTION_ASSIGN(const SealedSecret sealed,
                     seal(environment, workspace, owner, secret.name, secret.text, secret.expires_on));
    APPORTION_TRY(catalog.put_secret(connection, sealed));
  }
  return ok();
}

}  // namespace apportion
