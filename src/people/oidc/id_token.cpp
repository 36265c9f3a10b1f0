#include "people/oidc/id_token.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "azure/json_text.h"
#include "foundation/base/guid.h"
#include "foundation/base/text.h"
#include "people/oidc/provider_error_internal.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kLeeway = 60;
constexpr std::size_t kSubjectBytesMax = 255;
constexpr std::string_view kTenantPlace = "{tenantid}";

/// An issuer with the tenant in its place; nothing if there is a place and no tenant.
std::optional<std::string> issuer_of_tenant(std::string issuer, const std::string& tenant) {
  const std::size_t place = issuer.find(kTenantPlace);
  if (place == std::string::npos) return issuer;
  if (!is_guid(tenant)) return std::nullopt;
  return issuer.replace(place, kTenantPlace.size(), tenant);
}

std::optional<std::int64_t> time_claim(const Json& claims, std::string_view name) {
  const Json& value = member(claims, name);
  return value.is_number_integer() ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}

Result<void> check_issuer(const Json& claims, const std::string& expected) {
  const std::string issuer = text_member(claims, "iss");
  if (issuer == issuer_of_tenant(expected, text_member(claims, "tid"))) return ok();
  return provider_error("", fmt::format("the token is from another issuer (iss): {}", excerpt(issuer)));
}

Result<void> check_audience(const Json& claims, const std::string& client_id) {
  const Json& audience = member(claims, "aud");
  const bool is_list = audience.is_array();
  const bool is_for_us =
      is_list ? std::find(audience.begin(), audience.end(), client_id) != audience.end() : audience == client_id;
  if (!is_for_us) return provider_error("", fmt::format("the token is for others (aud): {}", excerpt(audience.dump())));
  const bool has_party = claims.contains("azp");
  if (has_party && text_member(claims, "azp") != client_id) {
    return provider_error(
        "", fmt::format("the token was issued to another client (azp): {}", excerpt(text_member(claims, "azp"))));
  }
  if (is_list && audience.size() > 1 && !has_party) {
    return provider_error("", "the token is for several, and does not say to whom it was issued (azp)");
  }
  return ok();
}

Result<void> check_times(const Json& claims, std::int64_t now) {
  const auto expires = time_claim(claims, "exp");
  const auto issued = time_claim(claims, "iat");
  if (!expires || !issued) return provider_error("", "the token does not say when it was issued and ends (iat, exp)");
  if (now - kLeeway >= *expires) {
    return provider_error("", fmt::format("the token ended at {}, and it is {} (exp)", *expires, now));
  }
  const std::int64_t begins = std::max(*issued, time_claim(claims, "nbf").value_or(*issued));
  if (begins > now + kLeeway) {
    return provider_error("", fmt::format("the token begins at {}, and it is {} (iat, nbf)", begins, now));
  }
  return ok();
}

Result<void> check_signature(const JsonWebToken& token, const std::vector<JsonWebKey>& keys) {
  const std::string tenant = text_member(token.claims, "tid");
  const std::string issuer = text_member(token.claims, "iss");
  const bool is_signed = std::any_of(keys.begin(), keys.end(), [&](const JsonWebKey& key) {
    const bool may_sign = key.issuer.empty() || issuer_of_tenant(key.issuer, tenant) == issuer;
    return may_sign && is_signed_with(token, key);
  });
  if (is_signed) return ok();
  return provider_error("", fmt::format("no key of the provider signed the token (alg {}, kid {}; {} fit)",
                                        excerpt(token.algorithm), excerpt(token.key_id), keys.size()));
}

}  // namespace

Result<OidcIdentity> verify_id_token(const JsonWebToken& token, const std::vector<JsonWebKey>& keys,
                                     const IdTokenExpectation& expected) {
  const Json& claims = token.claims;
  APPORTION_TRY(check_signature(token, keys));
  APPORTION_TRY(check_issuer(claims, expected.issuer));
  APPORTION_TRY(check_audience(claims, expected.client_id));
  APPORTION_TRY(check_times(claims, expected.now));
  if (expected.nonce.empty() || !is_same_secret(text_member(claims, "nonce"), expected.nonce)) {
    return provider_error("", "the token belongs to another sign-in (nonce)");
  }
  OidcIdentity identity{text_member(claims, "iss"),
                        text_member(claims, "sub"),
                        text_member(claims, "tid"),
                        text_member(claims, "preferred_username"),
                        text_member(claims, "name"),
                        text_member(claims, "email"),
                        member(claims, "email_verified") == true};
  if (identity.subject.empty() || identity.subject.size() > kSubjectBytesMax) {
    return provider_error("", "the token does not say who it is for (sub)");
  }
  return identity;
}

bool is_same_secret(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace apportion
