#include "serve/cli/connection_access.h"
#include "foundation/base/text.h"

#include <array>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "azure/sas.h"
#include "pipeline/fetch/blob_url.h"
#include "serve/cli/azure_access.h"

namespace apportion {
namespace {

using TextOption = std::optional<std::string> AccessOptions::*;

struct OptionText {
  const char* name;
  TextOption option;
  const char* type;
  const char* about;
};

constexpr std::array kTextOptions = {
    OptionText{"--auth", &AccessOptions::auth, "KIND",
               "How to sign in: none, client-secret, certificate, federated-token, managed-identity, azure-cli"},
    OptionText{"--tenant", &AccessOptions::tenant, "ID", "Directory (tenant) id of the app registration"},
    OptionText{"--client-id", &AccessOptions::client_id, "ID", "Application (client) id"},
    OptionText{"--client-secret-file", &AccessOptions::client_secret_file, "FILE",
               "File with the client secret; `-`: standard input"},
    OptionText{"--certificate", &AccessOptions::certificate, "FILE", "PEM file with certificate and key, or PKCS#12"},
    OptionText{"--certificate-password-file", &AccessOptions::certificate_password_file, "FILE",
               "File with the certificate's password"},
    OptionText{"--token-file", &AccessOptions::token_file, "FILE",
               "File with the federated token; read again each time"},
    OptionText{"--storage-tenant", &AccessOptions::storage_tenant, "ID",
               "Tenant of the storage account, where that is another one"},
    OptionText{"--sas-file", &AccessOptions::sas_file, "FILE", "File with a SAS that reads all locations"},
    OptionText{"--cloud", &AccessOptions::cloud, "NAME", "public, usgov, china or custom (default: public)"},
    OptionText{"--login", &AccessOptions::login, "URL", "Of a custom cloud: where to sign in"},
    OptionText{"--arm", &AccessOptions::arm, "URL", "Of a custom cloud: the management API"},
    OptionText{"--storage-suffix", &AccessOptions::storage_suffix, "HOST", "Of a custom cloud: how storage hosts end"},
    OptionText{"--api-version", &AccessOptions::api_version, "VERSION",
               "Of Cost Management's API (default: 2025-03-01)"},
    OptionText{"--scope", &AccessOptions::scope, "ARM-ID", "The scope, as an ARM id; or by its parts:"},
    OptionText{"--billing-account", &AccessOptions::billing_account, "ID", "Billing account, GUID:GUID_2019-05-31"},
    OptionText{"--billing-profile", &AccessOptions::billing_profile, "ID", "Billing profile in the account"},
    OptionText{"--customer-tenant", &AccessOptions::customer_tenant, "ID", "One customer's tenant in the account"},
    OptionText{"--subscription", &AccessOptions::subscription, "ID", "One subscription (indirect resellers)"},
};

Error contradiction(std::string why) {
  return {ErrorCode::kUsage, "the options contradict each other", "", std::move(why),
          "`apportion connection add --help` shows what there is"};
}

Result<std::string> scope_id(const AccessOptions& options) {
  if (options.scope) {
    if (options.billing_account || options.billing_profile || options.customer_tenant || options.subscription)
      return contradiction("--scope names the whole scope; its parts cannot stand beside it");
    APPORTION_ASSIGN(const Scope scope, parse_scope(*options.scope));
    return scope.arm_id();
  }
  if (options.subscription && (options.billing_account || options.billing_profile || options.customer_tenant))
    return contradiction("a subscription is a scope of its own, outside a billing account");
  Scope parts;
  parts.billing_account = options.billing_account.value_or("");
  parts.billing_profile = options.billing_profile.value_or("");
  parts.customer_tenant = options.customer_tenant.value_or("");
  parts.subscription = options.subscription.value_or("");
  parts.kind = options.subscription      ? ScopeKind::kSubscription
               : options.customer_tenant ? ScopeKind::kCustomer
               : options.billing_profile ? ScopeKind::kBillingProfile
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

Result<void> check_kind(const std::string& name) {
  if (parse_credential_kind(name)) return ok();
  return Error{ErrorCode::kUsage, "there is no such way to sign in", excerpt(name), "",
               "expected none, client-secret, certificate, federated-token, managed-identity or azure-cli"};
}

}  // namespace

void AccessOptions::add_options(CLI::App* command) {
  for (const OptionText& text : kTextOptions) {
    command
        ->add_option_function<std::string>(
            text.name, [this, option = text.option](const std::string& given) { this->*option = given; }, text.about)
        ->type_name(text.type)
        ->group("Azure");
  }
  command
      ->add_option_function<std::string>(
          "--secret-expires", [this](const std::string& day) { secret_expires = Day::parse(day); },
          "Day on which the client secret ends, to be told weeks ahead")
      ->check([](const std::string& text) {
        return Day::parse(text) ? std::string() : "`" + text + "` is no day; expected YYYY-MM-DD";
      })
      ->type_name("YYYY-MM-DD")
      ->group("Azure");
  command
      ->add_flag_callback(
          "--rs256", [this] { rs256 = true; }, "Sign assertions with RS256 instead of PS256")
      ->group("Azure");
  command
      ->add_flag_callback(
          "--reports", [this] { use_reports = true; }, "Without exports: ask for a cost details report of each month")
      ->group("Azure");
  command
      ->add_flag_callback(
          "--no-reports", [this] { use_reports = false; }, "Read exports only")
      ->group("Azure");
}

bool AccessOptions::any() const {
  for (const OptionText& text : kTextOptions) {
    if (this->*text.option) return true;
  }
  return rs256 || use_reports || secret_expires;
}

bool AccessOptions::names_scope() const {
  return scope || billing_account || billing_profile || customer_tenant || subscription;
}

Result<void> apply_access(const AccessOptions& options, AzureSettings& settings) {
  if (options.auth) {
    APPORTION_TRY(check_kind(*options.auth));
    settings.credential = *options.auth;
  } else if (settings.credential == "none") {
    // A secret or a certificate says by itself how it is used.
    if (options.client_secret_file) settings.credential = "client-secret";
    if (options.certificate) settings.credential = "certificate";
    if (options.token_file) settings.credential = "federated-token";
  }
  replace(settings.tenant, options.tenant);
  replace(settings.client_id, options.client_id);
  replace_path(settings.certificate_file, options.certificate);
  replace_path(settings.token_file, options.token_file);
  replace(settings.storage_tenant, options.storage_tenant);
  replace(settings.cloud, options.cloud);
  replace(settings.login, options.login);
  replace(settings.arm, options.arm);
  replace(settings.storage_suffix, options.storage_suffix);
  replace(settings.api_version, options.api_version);
  if (options.rs256) settings.sign_with_rs256 = *options.rs256;
  if (options.use_reports) settings.use_reports = *options.use_reports;
  if (!options.cloud && (options.login || options.arm || options.storage_suffix)) settings.cloud = "custom";
  if (options.names_scope()) {
    APPORTION_ASSIGN(settings.scope, scope_id(options));
  }
  if (settings.use_reports && settings.scope.empty())
    return contradiction("--reports needs a scope: --billing-account, --customer-tenant or --subscription");
  return ok();
}

Result<std::vector<GivenSecret>> read_given_secrets(Session& session, const AccessOptions& options) {
  std::vector<GivenSecret> secrets;
  if (options.client_secret_file) {
    APPORTION_ASSIGN(std::string text, read_secret(session, *options.client_secret_file, "the client secret"));
    secrets.push_back({kClientSecret, std::move(text), options.secret_expires});
  }
  if (options.certificate_password_file) {
    APPORTION_ASSIGN(std::string text,
                     read_secret(session, *options.certificate_password_file, "the certificate's password"));
    secrets.push_back({kCertificatePassword, std::move(text)});
  }
  if (options.sas_file) {
    APPORTION_ASSIGN(const std::string text, read_secret(session, *options.sas_file, "the SAS"));
    secrets.push_back({kSas, text, sas_expiry_day(text)});
  }
  return secrets;
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

Result<void> keep_secrets(Session& session, const Workspace& workspace, AzureCatalog& catalog, ConnectionId connection,
                          const std::vector<GivenSecret>& secrets) {
  const std::string owner = connection_owner(connection);
  for (const GivenSecret& secret : secrets) {
    APPORTION_ASSIGN(const SealedSecret sealed,
                     seal(session, workspace, owner, secret.name, secret.text, secret.expires_on));
    APPORTION_TRY(catalog.put_secret(connection, sealed));
  }
  return ok();
}

}  // namespace apportion
