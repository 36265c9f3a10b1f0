#include "azure/credential_settings.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "azure/credential_parts_internal.h"
#include "azure/token_answer_internal.h"
#include "foundation/base/check.h"

namespace apportion {
namespace {

struct KindRow {
  CredentialKind kind;
  std::string_view name;
};

constexpr auto kKinds = std::to_array<KindRow>({
    {CredentialKind::kNone, "none"},
    {CredentialKind::kClientSecret, "client-secret"},
    {CredentialKind::kCertificate, "certificate"},
    {CredentialKind::kFederatedToken, "federated-token"},
    {CredentialKind::kManagedIdentity, "managed-identity"},
    {CredentialKind::kAzureCli, "azure-cli"},
});

class NoCredential : public Credential {
 public:
  Result<AccessToken> get(const TokenRequest&, const Cancel&) override {
    return Error{ErrorId::kSignInSettingsInvalid, "could not sign in", "", "the connection has no credential",
                 "give it one: a client secret, a certificate, a federated token, a managed identity or the Azure CLI"};
  }
  std::string description() const override { return "no credential"; }
};

}  // namespace

std::string_view credential_kind_name(CredentialKind kind) {
  for (const KindRow& row : kKinds) {
    if (row.kind == kind) return row.name;
  }
  return "unknown";
}

std::optional<CredentialKind> parse_credential_kind(std::string_view name) {
  for (const KindRow& row : kKinds) {
    if (row.name == name) return row.kind;
  }
  return std::nullopt;
}

Result<std::string> tenant_for(const TokenRequest& request, const CredentialSettings& settings) {
  std::string tenant = request.tenant.empty() ? settings.tenant : request.tenant;
  APPORTION_TRY(check_tenant(tenant));
  return tenant;
}

Error setting_missing(std::string_view setting, std::string_view credential) {
  return {ErrorId::kCredentialIncomplete, "the credential is incomplete", std::string(credential),
          fmt::format("{} is missing", setting), fmt::format("give the connection {}", setting)};
}

MadeCredential make_credential(const CredentialSettings& settings, CredentialSecrets secrets, CredentialWorld world) {
  APPORTION_CHECK(world.transport != nullptr && world.epoch_seconds && world.variable, "a credential has its world");
  switch (settings.kind) {
    case CredentialKind::kNone: return {std::make_shared<NoCredential>()};
    case CredentialKind::kClientSecret:
    case CredentialKind::kCertificate:
    case CredentialKind::kFederatedToken: return make_application(settings, std::move(secrets), std::move(world));
    case CredentialKind::kManagedIdentity: return make_managed_identity(settings, std::move(world));
    case CredentialKind::kAzureCli: return make_azure_cli(settings, std::move(world));
  }
  return Error{ErrorId::kCredentialKindUnknown, "the credential is of an unknown kind", "", "",
               "name one of the known kinds"};
}

}  // namespace apportion
