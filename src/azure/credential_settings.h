/// How a connection signs in: the settings of a credential, without its secrets.
///
/// Source: Entra's client credentials flow (secret, certificate, federated token), the identity endpoints of virtual
/// machines and of App Service, and Azure's command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "azure/cloud.h"
#include "azure/http.h"
#include "azure/token.h"
#include "foundation/base/result.h"

namespace apportion {

enum class CredentialKind {
  kNone,  ///< No token at all: locations carry a SAS.
  kClientSecret,
  kCertificate,      ///< PEM or PKCS#12 file; the assertion is signed with PS256, or RS256 when asked for.
  kFederatedToken,   ///< A file with a token from another identity provider (workload identity), read again each time.
  kManagedIdentity,  ///< Of a virtual machine or an App Service.
  kAzureCli,         ///< `az account get-access-token`.
};

/// `none`, `client-secret`, `certificate`, `federated-token`, `managed-identity`, `azure-cli`.
std::string_view credential_kind_name(CredentialKind kind);
std::optional<CredentialKind> parse_credential_kind(std::string_view name);

struct CredentialSettings {
  CredentialKind kind = CredentialKind::kNone;
  std::string tenant;                      ///< Directory (tenant) id of the app registration.
  std::string client_id;                   ///< Application (client) id.
  std::filesystem::path certificate_file;  ///< PEM with key, or PKCS#12.
  std::filesystem::path token_file;
  bool sign_with_rs256 = false;
};

/// What must never be shown: passed separately from the settings, kept in memory by the credential.
struct CredentialSecrets {
  std::string client_secret;
  std::string certificate_password;
};

/// What a credential needs from outside; passed in so that tests can replace it.
struct CredentialWorld {
  HttpTransport* transport = nullptr;  ///< Outlives the credential.
  Cloud cloud;
  std::function<std::int64_t()> epoch_seconds;  ///< Wall clock, UTC: for assertions.
  std::function<std::optional<std::string>(const char*)> variable;
  /// Waits between two requests to the endpoint of a managed identity; empty: the cancel waits.
  std::function<bool(std::chrono::milliseconds, const Cancel&)> wait{};
};

/// Checks the settings (kInvalid names what is missing) and creates the credential. Files are read each time a token is
/// requested: they may have been renewed. `certificate.h` says when a certificate expires.
Result<std::shared_ptr<Credential>> make_credential(const CredentialSettings& settings, CredentialSecrets secrets,
                                                    CredentialWorld world);

}  // namespace apportion
