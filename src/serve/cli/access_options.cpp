#include "serve/cli/access_options.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/text.h"
#include "serve/cli/secret_file.h"

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
               "File with the client secret; `-` reads standard input"},
    OptionText{"--certificate", &AccessOptions::certificate, "FILE", "PEM file with certificate and key, or PKCS#12"},
    OptionText{"--certificate-password-file", &AccessOptions::certificate_password_file, "FILE",
               "File with the certificate's password"},
    OptionText{"--token-file", &AccessOptions::token_file, "FILE",
               "File with the federated token; read again for each sign-in"},
    OptionText{"--storage-tenant", &AccessOptions::storage_tenant, "ID",
               "Tenant of the storage account, if it is a different one"},
    OptionText{"--sas-file", &AccessOptions::sas_file, "FILE", "File with a SAS that reads all locations"},
    OptionText{"--cloud", &AccessOptions::cloud, "NAME", "public, usgov, china or custom (default: public)"},
    OptionText{"--login", &AccessOptions::login, "URL", "Sign-in URL of a custom cloud"},
    OptionText{"--arm", &AccessOptions::arm, "URL", "Management API of a custom cloud"},
    OptionText{"--storage-suffix", &AccessOptions::storage_suffix, "HOST",
               "Suffix of the storage hosts of a custom cloud"},
    OptionText{"--graph", &AccessOptions::graph, "URL", "Microsoft Graph of a custom cloud"},
    OptionText{"--api-version", &AccessOptions::api_version, "VERSION",
               "Version of the Cost Management API (default: 2025-03-01)"},
    OptionText{"--scope", &AccessOptions::scope, "ARM-ID", "Scope, as an ARM id; or give its parts:"},
    OptionText{"--billing-account", &AccessOptions::billing_account, "ID", "Billing account, GUID:GUID_2019-05-31"},
    OptionText{"--billing-profile", &AccessOptions::billing_profile, "ID", "Billing profile in the account"},
    OptionText{"--customer-tenant", &AccessOptions::customer_tenant, "ID", "One customer's tenant in the account"},
    OptionText{"--subscription", &AccessOptions::subscription, "ID", "One subscription (indirect resellers)"},
};

struct LegacyOptionText {
  const char* name;
  std::optional<std::string> LegacyRequest::*option;
  const char* type;
  const char* about;
};

constexpr std::array kLegacyOptions = {
    LegacyOptionText{"--legacy-auth", &LegacyRequest::auth, "KIND",
                     "How to sign in to Microsoft Graph (default: as to Azure)"},
    LegacyOptionText{"--legacy-tenant", &LegacyRequest::tenant, "ID", "Tenant of the partner (default: --tenant)"},
    LegacyOptionText{"--legacy-client-id", &LegacyRequest::client_id, "ID",
                     "Application for Microsoft Graph (default: --client-id)"},
    LegacyOptionText{"--legacy-certificate", &LegacyRequest::certificate, "FILE",
                     "Its PEM file with certificate and key, or PKCS#12"},
    LegacyOptionText{"--legacy-token-file", &LegacyRequest::token_file, "FILE", "File with its federated token"},
};

std::string day_fault(const std::string& text) {
  return Day::parse(text) ? std::string() : "`" + text + "` is not a valid day; use YYYY-MM-DD, for example 2027-01-31";
}

std::vector<std::string> names_in(const std::string& text) {
  std::vector<std::string> names;
  for (const std::string_view name : split_text(text, ',')) {
    if (trim(name) != "none" && !trim(name).empty()) names.emplace_back(trim(name));
  }
  return names;
}

}  // namespace

void AccessOptions::add_legacy_options(Command command) {
  constexpr const char* kGroup = "Invoices of Microsoft (the legacy part)";
  command
      .add_option(
          "--legacy", [this](const std::string& given) { legacy.fetch = names_in(given); },
          "Fetch lines of invoices from Microsoft Graph, and their totals: reconciliation, daily-usage, both "
          "separated by a comma, or none")
      .type_name("KINDS")
      .group(kGroup);
  for (const LegacyOptionText& text : kLegacyOptions) {
    command
        .add_option(
            text.name, [this, option = text.option](const std::string& given) { legacy.*option = given; }, text.about)
        .type_name(text.type)
        .group(kGroup);
  }
  command
      .add_option(
          "--legacy-client-secret-file", [this](const std::string& given) { legacy_client_secret_file = given; },
          "File with the client secret of that application; `-` reads standard input")
      .type_name("FILE")
      .group(kGroup);
  command
      .add_option(
          "--legacy-certificate-password-file",
          [this](const std::string& given) { legacy_certificate_password_file = given; },
          "File with the password of that certificate")
      .type_name("FILE")
      .group(kGroup);
  command
      .add_option(
          "--legacy-secret-expires", [this](const std::string& day) { legacy_secret_expires = Day::parse(day); },
          "Day on which that client secret expires")
      .check(day_fault)
      .type_name("YYYY-MM-DD")
      .group(kGroup);
}

void AccessOptions::add_options(Command command) {
  for (const OptionText& text : kTextOptions) {
    command
        .add_option(
            text.name, [this, option = text.option](const std::string& given) { this->*option = given; }, text.about)
        .type_name(text.type)
        .group("Azure");
  }
  command
      .add_option(
          "--secret-expires", [this](const std::string& day) { secret_expires = Day::parse(day); },
          "Day on which the client secret expires, for a warning weeks ahead")
      .check(day_fault)
      .type_name("YYYY-MM-DD")
      .group("Azure");
  command
      .add_flag(
          "--rs256", [this] { rs256 = true; }, "Sign assertions with RS256 instead of PS256")
      .group("Azure");
  command
      .add_flag(
          "--reports", [this] { use_reports = true; },
          "Instead of exports, request a cost details report for each month")
      .group("Azure");
  command
      .add_flag(
          "--no-reports", [this] { use_reports = false; }, "Read exports, not reports")
      .group("Azure");
  add_legacy_options(command);
}

Result<AccessRequest> AccessOptions::read(Session& session) const {
  AccessRequest request = static_cast<const AccessRequest&>(*this);
  if (client_secret_file) {
    APPORTION_ASSIGN(std::string text, read_secret(session, *client_secret_file, "the client secret"));
    request.secrets.push_back({kClientSecret, std::move(text), secret_expires});
  }
  if (certificate_password_file) {
    APPORTION_ASSIGN(std::string text, read_secret(session, *certificate_password_file, "the certificate's password"));
    request.secrets.push_back({kCertificatePassword, std::move(text)});
  }
  if (legacy_client_secret_file) {
    APPORTION_ASSIGN(std::string text,
                     read_secret(session, *legacy_client_secret_file, "the client secret for Microsoft Graph"));
    request.secrets.push_back({kLegacyClientSecret, std::move(text), legacy_secret_expires});
  }
  if (legacy_certificate_password_file) {
    APPORTION_ASSIGN(std::string text, read_secret(session, *legacy_certificate_password_file,
                                                   "the password of the certificate for Microsoft Graph"));
    request.secrets.push_back({kLegacyCertificatePassword, std::move(text)});
  }
  if (sas_file) {
    APPORTION_ASSIGN(const std::string text, read_secret(session, *sas_file, "the SAS"));
    request.secrets.push_back({kSas, text, sas_expiry_day(text)});
  }
  return request;
}

}  // namespace apportion
