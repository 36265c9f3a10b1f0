/// What token endpoints answer: Entra's, and those of machines with a managed identity.
#pragma once

#include <cstdint>
#include <string>

#include "azure/http.h"
#include "azure/token.h"
#include "foundation/base/result.h"

namespace apportion {

/// Reads `access_token` with `expires_in`, or else `expires_on` (seconds since 1970), numbers or texts. An answer that
/// is not a success becomes an Error of Azure. `where`: who signs in.
Result<AccessToken> read_token_answer(const HttpResponse& response, std::int64_t epoch_seconds, std::string where);

/// Checks that a text can be a token, and says from when on it is none: kBadInput when it cannot.
Result<AccessToken> token_for(std::string text, std::int64_t seconds_left, std::string where);

/// The resource of a scope: `https://management.azure.com/` of `https://management.azure.com/.default`.
std::string resource_of(const std::string& scope);

/// Tenants go into URLs and command lines: a GUID or a domain. Errors are kTenantInvalid.
Result<void> check_tenant(const std::string& tenant);

}  // namespace apportion
