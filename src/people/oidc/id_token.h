/// ID tokens of OpenID Connect: whether one can be believed, and what it says of a person.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "people/oidc/json_web_key.h"
#include "people/oidc/json_web_token.h"

namespace apportion {

/// Who signed in. A person is `issuer` and `subject` together: everything else may change, and with some providers the
/// person may choose it.
struct OidcIdentity {
  std::string issuer;
  std::string subject;
  std::string tenant_id;  ///< Entra's `tid`; empty of other providers.
  std::string user_name;  ///< `preferred_username`. What the person signs in by there, if the provider says it.
  std::string name;       ///< To be shown.
  std::string email;
  bool is_email_verified = false;  ///< The provider says that the address belongs to the person.
};

/// What a token must say to be for us.
struct IdTokenExpectation {
  /// Entra's for several tenants holds `{tenantid}`: then it is the token's own `tid`, which must be a GUID.
  std::string issuer;
  std::string client_id;
  std::string nonce;
  std::int64_t now = 0;  ///< Seconds since 1970-01-01 UTC. Clocks may differ by 60 s.
};

/// The identity of a token that one of `keys` signed, and that says what is expected. Errors:
/// kSignInWithProviderFailed.
Result<OidcIdentity> verify_id_token(const JsonWebToken& token, const std::vector<JsonWebKey>& keys,
                                     const IdTokenExpectation& expected);

/// Whether two texts are equal, in a time that does not depend on where they differ.
bool is_same_secret(std::string_view left, std::string_view right);

}  // namespace apportion
