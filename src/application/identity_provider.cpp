#include "application/identity_provider.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "application/brand.h"
#include "application/service_address.h"
#include "azure/curl_transport.h"
#include "foundation/base/guid.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/base/utc_time.h"

namespace apportion {
namespace {

constexpr std::size_t kTextBytesMax = 500;
constexpr std::size_t kLabelBytesMax = 80;
constexpr std::string_view kUsualLabel = "Sign in";
constexpr const char* kInvalid = "the settings of the identity provider are not valid";
// Issuers of Entra that stand for all of its tenants.
constexpr auto kSharedIssuers = std::to_array<std::string_view>({"/organizations/", "/common/", "/consumers/"});

Error invalid(std::string where, std::string why, std::string next) {
  return {ErrorId::kIdentityProviderInvalid, kInvalid, std::move(where), std::move(why), std::move(next)};
}

bool is_visible(std::string_view text) {
  return !text.empty() && text.size() <= kTextBytesMax &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

bool is_plain(std::string_view text) { return is_visible(text) && text.find(' ') == std::string_view::npos; }

Result<void> check_issuer(const std::string& issuer) {
  const bool is_url = is_plain(issuer) && is_secure(issuer) && issuer.find_first_of("?#\\") == std::string::npos;
  if (is_url && !origin_of(issuer).empty()) return ok();
  return invalid("issuer " + excerpt(issuer), "expected an https URL without a query",
                 "give it as the provider writes it, for example https://login.microsoftonline.com/TENANT/v2.0");
}

Error no_service_address() {
  return invalid("url", "it is not given, and the brand has no address either",
                 "give the address that people open in the browser, or say it once for the brand");
}

Result<void> check_label(const std::string& label) {
  const bool has_control = std::ranges::any_of(label, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (!label.empty() && label.size() <= kLabelBytesMax && !has_control) return ok();
  return invalid("label", fmt::format("expected 1 to {} characters", kLabelBytesMax), "choose a shorter one");
}

// Names are trusted where one organization gives them, which is said by the issuer or by the tenant.
Result<void> check_trust(const IdentityProvider& provider) {
  if (!provider.own_tenant.empty() && !is_guid(provider.own_tenant)) {
    return invalid("own tenant " + excerpt(provider.own_tenant), "expected the id of a tenant, which is a GUID",
                   "look it up in Entra");
  }
  const bool is_shared = std::ranges::any_of(
      kSharedIssuers, [&](std::string_view part) { return (provider.issuer + '/').find(part) != std::string::npos; });
  if (!provider.trusts_names || !is_shared || !provider.own_tenant.empty()) return ok();
  return invalid("issuer " + excerpt(provider.issuer),
                 "it has many tenants, and the administrators of any could give a person the name of one of your users",
                 "say which tenant is your own, or do not trust names");
}

IdentityProviderView view_of(const IdentityProvider& provider) {
  return {provider.issuer,
          provider.client_id,
          provider.service_url,
          redirect_url_of(provider.service_url),
          provider.label,
          provider.trusts_names,
          provider.own_tenant,
          !provider.sealed_secret.empty(),
          provider.secret_expires_on,
          utc_time_text(UtcTime(std::chrono::seconds(provider.changed_at)))};
}

}  // namespace

Error no_identity_provider() {
  return {ErrorId::kIdentityProviderMissing, "no identity provider is set up", "", "",
          "sign in with a password; to set one up: " + step(Step::kSetIdentityProvider)};
}

std::string redirect_url_of(const std::string& service_url) { return service_url + "/sign-in/return"; }

std::unique_ptr<HttpTransport> provider_transport(const SecretBox::Variable& variable) {
  return std::make_unique<CurlTransport>(curl_options_of_environment(variable));
}

Result<IdentityProviderManager> IdentityProviderManager::open(const Home& home, PeopleWorld world, Identity by) {
  APPORTION_ASSIGN(PeopleBook book, PeopleBook::open(home.control_plane_file(), world.clock, world.epoch_seconds));
  return IdentityProviderManager(home, std::move(world), std::move(by), std::move(book));
}

Result<void> IdentityProviderManager::check_right() const {
  if (by_.may(Right::kManagePeople)) return ok();
  return Error{
      ErrorId::kNotAllowed, "the role does not allow it", fmt::format("role {}", role_definition(by_.role).name),
      fmt::format("it needs the right {}", right_definition(Right::kManagePeople).name), "ask an owner to do it"};
}

// All but the secret.
Result<IdentityProvider> IdentityProviderManager::checked(const IdentityProviderRequest& request) const {
  std::string service_url = request.service_url;
  if (service_url.empty()) {
    APPORTION_ASSIGN(service_url, brand_address(home_, world_.clock));
    if (service_url.empty()) return no_service_address();
  }
  IdentityProvider provider{std::string(trim(request.issuer)),
                            std::string(trim(request.client_id)),
                            "",
                            std::string(trim(request.label.value_or(std::string(kUsualLabel)))),
                            request.trusts_names,
                            ascii_lower(trim(request.own_tenant))};
  APPORTION_TRY(check_issuer(provider.issuer));
  if (!is_visible(provider.client_id)) {
    return invalid("client id", "it is empty, too long, or has control characters",
                   "give the id of the app registration, as the provider shows it");
  }
  APPORTION_ASSIGN(provider.service_url,
                   checked_service_address(service_url, ErrorId::kIdentityProviderInvalid, kInvalid));
  APPORTION_TRY(check_label(provider.label));
  APPORTION_TRY(check_trust(provider));
  return provider;
}

Result<void> IdentityProviderManager::check(const IdentityProviderRequest& request, HttpTransport& transport,
                                            const Cancel& cancel, std::chrono::milliseconds time_max) const {
  APPORTION_TRY(check_right());
  APPORTION_ASSIGN(const IdentityProvider provider, checked(request));
  OidcClient client({provider.issuer, provider.client_id, "", redirect_url_of(provider.service_url)}, transport,
                    {[] { return std::int64_t{0}; }});
  APPORTION_TRY(answered_in_time(provider.issuer, cancel, time_max,
                                 [&client](const Cancel& in_time) { return client.begin(in_time); }));
  return ok();
}

Result<IdentityProviderView> IdentityProviderManager::view() const {
  APPORTION_TRY(check_right());
  APPORTION_ASSIGN(const auto provider, book_.identity_provider());
  if (!provider) return no_identity_provider();
  return view_of(*provider);
}

Result<IdentityProviderView> IdentityProviderManager::set(const IdentityProviderRequest& request) {
  APPORTION_TRY(check_right());
  APPORTION_ASSIGN(IdentityProvider provider, checked(request));
  APPORTION_ASSIGN(const auto before, book_.identity_provider());
  if (request.secret && !request.secret->empty()) {
    APPORTION_ASSIGN(const SecretBox box,
                     SecretBox::with_key_of(home_.folder(), world_.variable, SecretBox::Use::kSeal));
    provider.sealed_secret = box.seal(*request.secret, kIdentityProviderSecret);
    provider.secret_expires_on = request.secret_expires_on;
  } else if (!request.secret && before && before->issuer == provider.issuer &&
             before->client_id == provider.client_id) {
    // A secret goes to nobody but the provider that it was given for.
    provider.sealed_secret = before->sealed_secret;
    provider.secret_expires_on = request.secret_expires_on ? request.secret_expires_on : before->secret_expires_on;
  }
  APPORTION_TRY(book_.put_identity_provider(provider, by_.doer()));
  return view();
}

Result<void> IdentityProviderManager::remove() {
  APPORTION_TRY(check_right());
  APPORTION_ASSIGN(const bool was_there, book_.remove_identity_provider(by_.doer()));
  if (!was_there) return no_identity_provider();
  return ok();
}

Result<OidcSettings> oidc_settings_of(const IdentityProvider& provider, const std::filesystem::path& home,
                                      const SecretBox::Variable& variable) {
  OidcSettings settings{provider.issuer, provider.client_id, "", redirect_url_of(provider.service_url)};
  if (provider.sealed_secret.empty()) return settings;
  APPORTION_ASSIGN(const SecretBox box, SecretBox::with_key_of(home, variable, SecretBox::Use::kOpen));
  APPORTION_ASSIGN(settings.client_secret, box.open(provider.sealed_secret, kIdentityProviderSecret));
  return settings;
}

bool trusts_names_of(const IdentityProvider& provider, const OidcIdentity& identity) {
  if (!provider.trusts_names) return false;
  const std::string tenant = ascii_lower(identity.tenant_id);
  if (!provider.own_tenant.empty()) return tenant == provider.own_tenant;
  // Entra names the tenant in the issuer; where it stands in the token alone, there may be several.
  const bool is_of_issuer = ascii_lower(identity.issuer).find(tenant) != std::string::npos;
  return identity.issuer == provider.issuer && is_of_issuer;
}

}  // namespace apportion
