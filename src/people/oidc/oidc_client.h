/// Signing in with an identity provider (OpenID Connect: Entra ID or any other issuer): the code flow with PKCE.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "azure/http.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "people/oidc/id_token.h"
#include "people/oidc/json_web_key.h"

namespace apportion {

struct OidcSettings {
  /// `https://login.microsoftonline.com/TENANT/v2.0`; https, or http on the loopback.
  std::string issuer;
  std::string client_id;
  std::string client_secret;  ///< Empty of a public client.
  std::string redirect_url;   ///< Where the provider sends the browser back to, as it is registered there.
  std::string scopes = "openid profile email";
};

/// A sign-in that has begun. All but the URL is kept where only the same browser's return can find it, and used once.
struct OidcSignIn {
  std::string url;  ///< The browser goes there.
  std::string state;
  std::string nonce;
  std::string code_verifier;
};

/// What the browser brings back in the query of the redirect URL; empty: not there.
struct OidcAnswer {
  std::string state;
  std::string code;
  std::string error;
  std::string error_description;
  std::string issuer;  ///< `iss` (RFC 9207).
};

/// What the client needs from outside.
struct OidcWorld {
  std::function<std::int64_t()> epoch_seconds;
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

/// One provider. Keeps its description and keys for an hour; a token signed with a key that it does not know makes it
/// fetch the keys again, at most once a minute. Thread-safe.
class OidcClient {
 public:
  /// `transport` must outlive it.
  OidcClient(OidcSettings settings, HttpTransport& transport, OidcWorld world);

  /// Errors: kUnreachable, kForbidden (TLS), kSignInWithProviderFailed if the provider's description is not usable.
  Result<OidcSignIn> begin(const Cancel& cancel);
  /// Exchanges the code for a token, and verifies it. Errors: as `begin`; kSignInWithProviderFailed if the answer does
  /// not belong to `begun`, if the provider refuses, or if the token cannot be trusted.
  Result<OidcIdentity> finish(const OidcSignIn& begun, const OidcAnswer& answer, const Cancel& cancel);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Provider {
    std::string issuer;  ///< As its tokens say; perhaps with `{tenantid}`.
    std::string authorization_url;
    std::string token_url;
    std::string keys_url;
    bool takes_basic = true;  ///< The client's secret in the header, else in the form.
  };

  Result<Provider> provider(const Cancel& cancel);
  Result<Provider> fetch_provider(const Cancel& cancel);
  Result<std::vector<JsonWebKey>> keys_for(const JsonWebToken& token, const Provider& provider, const Cancel& cancel);
  Result<void> fetch_keys(const Provider& provider, const Cancel& cancel);
  Result<std::string> exchange(const OidcSignIn& begun, const std::string& code, const Provider& provider,
                               const Cancel& cancel);
  Result<void> check_answer(const OidcSignIn& begun, const OidcAnswer& answer) const;
  Result<OidcIdentity> verified(const std::string& token, const OidcSignIn& begun, const Provider& provider,
                                const Cancel& cancel);
  Error error(std::string why) const;

  const OidcSettings settings_;
  HttpTransport* transport_;
  const OidcWorld world_;
  std::mutex mutex_;  // held while fetching, so that everybody waits for one fetch
  std::optional<Provider> provider_;
  Time provider_fetched_;
  std::optional<JsonWebKeys> keys_;
  Time keys_fetched_;
};

}  // namespace apportion
