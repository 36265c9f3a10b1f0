/// The kinds of credentials behind `credential_settings.h`. Each checks its settings when it is made.
#pragma once

#include <memory>

#include "azure/credential_settings.h"
#include "foundation/base/result.h"

namespace apportion {

using MadeCredential = Result<std::shared_ptr<Credential>>;

/// Client secret, certificate, federated token: an application that signs in to Entra.
MadeCredential make_application(const CredentialSettings& settings, CredentialSecrets secrets, CredentialWorld world);
MadeCredential make_managed_identity(const CredentialSettings& settings, CredentialWorld world);
MadeCredential make_azure_cli(const CredentialSettings& settings, CredentialWorld world);

/// The tenant of a request, or else that of the settings; kTenantInvalid when it is none.
Result<std::string> tenant_for(const TokenRequest& request, const CredentialSettings& settings);

Error setting_missing(std::string_view setting, std::string_view credential);

}  // namespace apportion
