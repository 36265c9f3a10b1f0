/// The identity provider that people sign in with: one in a home, set up by owners.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "application/identities.h"
#include "application/provider_calls.h"
#include "azure/http.h"
#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "people/oidc/oidc_client.h"
#include "store/people_book.h"

namespace apportion {

/// What an owner says of it.
struct IdentityProviderRequest {
  std::string issuer;                    ///< `https://login.microsoftonline.com/TENANT/v2.0`
  std::string client_id;                 ///< Of the app registration.
  std::string service_url;               ///< Where people reach the service; empty: as the brand says now.
  std::optional<std::string> label;      ///< What the button says; `Sign in` unless it is said.
  bool trusts_names = false;             ///< Only where the partner decides who has which name.
  std::string own_tenant;                ///< Whose names are trusted, if the issuer has several tenants of Entra.
  std::optional<std::string> secret;     ///< Unset: stays as it is, if issuer and client do. Empty: there is none.
  std::optional<Day> secret_expires_on;  ///< Of a secret that is given, for an alert.
};

/// As people may see it: without its secret.
struct IdentityProviderView {
  std::string issuer;
  std::string client_id;
  std::string service_url;
  std::string redirect_url;  ///< To be registered at the provider.
  std::string label;
  bool trusts_names = false;
  std::string own_tenant;
  bool has_secret = false;
  std::optional<Day> secret_expires_on;
  std::string changed_at;  ///< UTC.
};

/// Where a provider sends browsers back to.
std::string redirect_url_of(const std::string& service_url);

/// The network as a provider is asked: once, since somebody is waiting and can try again.
std::unique_ptr<HttpTransport> provider_transport(const SecretBox::Variable& variable);

/// Manages it for one identity. Errors of all calls: kNotAllowed unless it is an owner.
class IdentityProviderManager {
 public:
  /// Errors: those of opening the control plane.
  static Result<IdentityProviderManager> open(const Home& home, PeopleWorld world, Identity by);

  /// Errors: kIdentityProviderMissing.
  Result<IdentityProviderView> view() const;
  /// Asks the provider for its description. Errors: kIdentityProviderInvalid; kNoAnswer if it takes longer than
  /// `time_max`; those of `OidcClient::begin`.
  Result<void> check(const IdentityProviderRequest& request, HttpTransport& transport, const Cancel& cancel,
                     std::chrono::milliseconds time_max = kProviderTimeMax) const;
  /// Errors: kIdentityProviderInvalid, which says what is wrong; those of the key that the secret is sealed with.
  Result<IdentityProviderView> set(const IdentityProviderRequest& request);
  /// Who is linked to whom there stays, and so do sessions. Errors: kIdentityProviderMissing.
  Result<void> remove();

 private:
  IdentityProviderManager(Home home, PeopleWorld world, Identity by, PeopleBook book)
      : home_(std::move(home)), world_(std::move(world)), by_(std::move(by)), book_(std::move(book)) {}
  Result<void> check_right() const;
  Result<IdentityProvider> checked(const IdentityProviderRequest& request) const;

  Home home_;
  PeopleWorld world_;
  Identity by_;
  PeopleBook book_;
};

/// What a client of it needs, with the secret opened. Errors: those of the key.
Result<OidcSettings> oidc_settings_of(const IdentityProvider& provider, const std::filesystem::path& home,
                                      const SecretBox::Variable& variable);

/// Whether the names in an answer are the partner's to give: those of an issuer that is one tenant's, or of the
/// partner's own tenant among several.
bool trusts_names_of(const IdentityProvider& provider, const OidcIdentity& identity);

Error no_identity_provider();

}  // namespace apportion
