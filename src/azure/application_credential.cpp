#include <atomic>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "azure/azure_error.h"
#include "azure/certificate.h"
#include "azure/credential_parts_internal.h"
#include "azure/http_date.h"
#include "azure/token_answer_internal.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::uint64_t kTokenFileBytesMax = 64 << 10;
constexpr const char* kAssertionIsOutOfTime = "AADSTS700024";

struct FormField {
  std::string_view name;
  std::string value;
};
using Form = std::vector<FormField>;

std::string encoded(const Form& form) {
  std::string text;
  for (const FormField& field : form) {
    if (!text.empty()) text += '&';
    text += fmt::format("{}={}", field.name, percent_encoded(field.value));
  }
  return text;
}

Form with_assertion(std::string assertion) {
  return {{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
          {"client_assertion", std::move(assertion)}};
}

// An application that asks Entra for tokens with the client credentials flow. How it proves who it is differs.
class ApplicationCredential : public Credential {
 public:
  ApplicationCredential(CredentialSettings settings, CredentialWorld world)
      : settings_(std::move(settings)), world_(std::move(world)) {}

  Result<AccessToken> get(const TokenRequest& request, const Cancel& cancel) override {
    APPORTION_ASSIGN(const std::string tenant, tenant_for(request, settings_));
    const std::string url = fmt::format("{}/{}/oauth2/v2.0/token", world_.cloud.login, tenant);
    const std::string where = fmt::format("{}, tenant {}", description(), tenant);
    APPORTION_ASSIGN(HttpResponse response, ask(url, request.scope, cancel));
    const bool clock_is_wrong = read_failure(response).code == kAssertionIsOutOfTime;
    const auto server_time = parse_http_date(response.header("date"));
    if (clock_is_wrong && server_time) {
      seconds_ahead_ = *server_time - world_.epoch_seconds();
      APPORTION_ASSIGN(response, ask(url, request.scope, cancel));
    }
    return read_token_answer(response, world_.epoch_seconds() + seconds_ahead_, where);
  }

 protected:
  /// What goes into the form beside application and scope; `epoch_seconds` is Entra's time as far as known.
  virtual Result<Form> proof(const std::string& token_url, std::int64_t epoch_seconds) = 0;
  const CredentialSettings& settings() const { return settings_; }

 private:
  Result<HttpResponse> ask(const std::string& url, const std::string& scope, const Cancel& cancel) {
    Form form{{"client_id", settings_.client_id}, {"scope", scope}, {"grant_type", "client_credentials"}};
    APPORTION_ASSIGN(Form proof_fields, proof(url, world_.epoch_seconds() + seconds_ahead_));
    for (FormField& field : proof_fields) form.push_back(std::move(field));
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body = encoded(form);
    request.answer_bytes_max = std::uint64_t{1} << 20;
    return world_.transport->send(request, cancel);
  }

  CredentialSettings settings_;
  CredentialWorld world_;
  std::atomic<std::int64_t> seconds_ahead_{0};  // Entra's clock before ours, once it complained
};

class SecretCredential : public ApplicationCredential {
 public:
  SecretCredential(CredentialSettings settings, CredentialWorld world, std::string secret)
      : ApplicationCredential(std::move(settings), std::move(world)), secret_(std::move(secret)) {}
  std::string description() const override {
    return fmt::format("application {} with a client secret", settings().client_id);
  }

 protected:
  Result<Form> proof(const std::string&, std::int64_t) override { return Form{{"client_secret", secret_}}; }

 private:
  std::string secret_;
};

class CertificateCredential : public ApplicationCredential {
 public:
  CertificateCredential(CredentialSettings settings, CredentialWorld world, std::string password)
      : ApplicationCredential(std::move(settings), std::move(world)), password_(std::move(password)) {}
  std::string description() const override {
    return fmt::format("application {} with a certificate", settings().client_id);
  }

 protected:
  /// The file is read each time: it may have been renewed.
  Result<Form> proof(const std::string& token_url, std::int64_t epoch_seconds) override {
    APPORTION_ASSIGN(const SigningCertificate certificate,
                     SigningCertificate::read(settings().certificate_file, password_));
    if (certificate.ends_at() < epoch_seconds) {
      return Error{ErrorId::kSignInRefused, "could not sign in", settings().certificate_file.string(),
                   "the certificate has expired", "create a new one and upload it to the app registration"};
    }
    const auto padding =
        settings().sign_with_rs256 ? SigningCertificate::Padding::kPkcs1 : SigningCertificate::Padding::kPss;
    return with_assertion(client_assertion(certificate, settings().client_id, token_url, epoch_seconds, padding));
  }

 private:
  std::string password_;
};

class FederatedCredential : public ApplicationCredential {
 public:
  using ApplicationCredential::ApplicationCredential;
  std::string description() const override {
    return fmt::format("application {} with a federated token", settings().client_id);
  }

 protected:
  Result<Form> proof(const std::string&, std::int64_t) override {
    APPORTION_ASSIGN(const std::string token, read_file(settings().token_file, kTokenFileBytesMax));
    if (trim(token).empty()) {
      return Error{ErrorId::kSignInSettingsInvalid, "could not sign in", settings().token_file.string(),
                   "the token file is empty",
                   "check that whatever writes it (such as the workload identity webhook) is running"};
    }
    return with_assertion(std::string(trim(token)));
  }
};

}  // namespace

MadeCredential make_application(const CredentialSettings& settings, CredentialSecrets secrets, CredentialWorld world) {
  const std::string_view name = credential_kind_name(settings.kind);
  APPORTION_TRY(check_tenant(settings.tenant));
  if (settings.client_id.empty()) return setting_missing("an application (client) id", name);
  switch (settings.kind) {
    case CredentialKind::kClientSecret:
      if (secrets.client_secret.empty()) return setting_missing("a client secret", name);
      return {std::make_shared<SecretCredential>(settings, std::move(world), std::move(secrets.client_secret))};
    case CredentialKind::kCertificate:
      if (settings.certificate_file.empty()) return setting_missing("a certificate file", name);
      return {
          std::make_shared<CertificateCredential>(settings, std::move(world), std::move(secrets.certificate_password))};
    default:
      if (settings.token_file.empty()) return setting_missing("a token file", name);
      return {std::make_shared<FederatedCredential>(settings, std::move(world))};
  }
}

}  // namespace apportion
