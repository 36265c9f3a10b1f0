#include "people/oidc/oidc_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "azure/certificate.h"
#include "azure/json_text.h"
#include "foundation/base/check.h"
#include "foundation/base/text.h"
#include "people/oidc/json_web_token.h"
#include "people/oidc/provider_error_internal.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr auto kKeptFor = std::chrono::hours(1);
constexpr auto kBetweenKeyFetches = std::chrono::minutes(1);
constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{1} << 20;
constexpr std::size_t kSecretBytes = 32;
constexpr std::string_view kTenantPlace = "{tenantid}";

std::string random_secret() {
  std::array<unsigned char, kSecretBytes> bytes{};
  APPORTION_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "OpenSSL has random bytes");
  return base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string sha256(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  APPORTION_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1,
                  "OpenSSL has SHA-256");
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string base64(std::string_view text) {
  std::string encoded((text.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return encoded;
}

using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string form(Fields fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, percent_encoded(value));
  }
  return text;
}

/// Whether a provider that was asked for under one issuer may call itself by another: Entra's for several tenants.
bool is_issuer_of(std::string_view told, std::string_view asked) {
  if (told == asked) return true;
  return told.find(kTenantPlace) != std::string_view::npos && origin_of(told) == origin_of(asked);
}

bool lists(const Json& list, std::string_view value) {
  return list.is_array() && std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

OidcClient::OidcClient(OidcSettings settings, HttpTransport& transport, OidcWorld world)
    : settings_(std::move(settings)), transport_(&transport), world_(std::move(world)) {}

Error OidcClient::error(std::string why) const { return provider_error(settings_.issuer, std::move(why)); }

Result<OidcSignIn> OidcClient::begin(const Cancel& cancel) {
  APPORTION_ASSIGN(const Provider its, provider(cancel));
  OidcSignIn begun{"", random_secret(), random_secret(), random_secret()};
  begun.url = its.authorization_url + (its.authorization_url.find('?') == std::string::npos ? '?' : '&') +
              form({{"response_type", "code"},
                    {"client_id", settings_.client_id},
                    {"redirect_uri", settings_.redirect_url},
                    {"scope", settings_.scopes},
                    {"state", begun.state},
                    {"nonce", begun.nonce},
                    {"code_challenge", base64url(sha256(begun.code_verifier))},
                    {"code_challenge_method", "S256"}});
  return begun;
}

Result<OidcIdentity> OidcClient::finish(const OidcSignIn& begun, const OidcAnswer& answer, const Cancel& cancel) {
  APPORTION_TRY(check_answer(begun, answer));
  APPORTION_ASSIGN(const Provider its, provider(cancel));
  if (!answer.issuer.empty() && answer.issuer != its.issuer) {
    return error("the answer is from another provider (iss): " + excerpt(answer.issuer));
  }
  APPORTION_ASSIGN(const std::string token, exchange(begun, answer.code, its, cancel));
  auto identity = verified(token, begun, its, cancel);
  if (identity || identity.error().id != ErrorId::kSignInWithProviderFailed) return identity;
  return error(identity.error().why);
}

Result<void> OidcClient::check_answer(const OidcSignIn& begun, const OidcAnswer& answer) const {
  if (begun.state.empty() || !is_same_secret(answer.state, begun.state)) {
    return error("the answer belongs to another sign-in (state)");
  }
  if (!answer.error.empty()) {
    return error(
        fmt::format("the provider refused: {} {}", excerpt(answer.error), excerpt(answer.error_description, 300)));
  }
  if (answer.code.empty()) return error("the answer has no code");
  return ok();
}

Result<OidcClient::Provider> OidcClient::provider(const Cancel& cancel) {
  const std::lock_guard lock(mutex_);
  if (provider_ && world_.now() - provider_fetched_ < kKeptFor) return *provider_;
  APPORTION_ASSIGN(provider_, fetch_provider(cancel));
  provider_fetched_ = world_.now();
  return *provider_;
}

Result<OidcClient::Provider> OidcClient::fetch_provider(const Cancel& cancel) {
  if (!is_secure(settings_.issuer)) return error("its URL is not https");
  HttpRequest request;
  request.url = settings_.issuer + (settings_.issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration";
  request.answer_bytes_max = kAnswerBytesMax;
  APPORTION_ASSIGN(const HttpResponse response, transport_->send(request, cancel));
  const auto json = response.ok() ? parse_json(response.body) : std::nullopt;
  if (!json) return error(fmt::format("its description at {} is not there (status {})", request.url, response.status));
  Provider its{text_member(*json, "issuer"), text_member(*json, "authorization_endpoint"),
               text_member(*json, "token_endpoint"), text_member(*json, "jwks_uri")};
  if (!is_issuer_of(its.issuer, settings_.issuer)) {
    return error("its description is that of another issuer: " + excerpt(its.issuer));
  }
  for (const std::string& url : {its.authorization_url, its.token_url, its.keys_url}) {
    if (!is_secure(url)) return error("its description names a URL that is not https: " + excerpt(url));
  }
  const Json& challenges = member(*json, "code_challenge_methods_supported");
  if (!challenges.is_null() && !lists(challenges, "S256")) return error("it does not know PKCE with S256");
  const Json& methods = member(*json, "token_endpoint_auth_methods_supported");
  its.takes_basic = methods.is_null() || lists(methods, "client_secret_basic");
  return its;
}

Result<std::string> OidcClient::exchange(const OidcSignIn& begun, const std::string& code, const Provider& provider,
                                         const Cancel& cancel) {
  HttpRequest request;
  request.method = "POST";
  request.url = provider.token_url;
  request.may_repeat = false;
  request.answer_bytes_max = kAnswerBytesMax;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.body = form({{"grant_type", "authorization_code"},
                       {"code", code},
                       {"redirect_uri", settings_.redirect_url},
                       {"client_id", settings_.client_id},
                       {"code_verifier", begun.code_verifier}});
  if (!settings_.client_secret.empty() && provider.takes_basic) {
    const std::string both = percent_encoded(settings_.client_id) + ':' + percent_encoded(settings_.client_secret);
    request.headers.push_back({"Authorization", "Basic " + base64(both)});
  } else if (!settings_.client_secret.empty()) {
    request.body += '&' + form({{"client_secret", settings_.client_secret}});
  }
  APPORTION_ASSIGN(const HttpResponse response, transport_->send(request, cancel));
  const auto json = parse_json(response.body);
  if (!response.ok() || !json) {
    return error(fmt::format("it did not take the code: status {} {} {}", response.status,
                             excerpt(json ? text_member(*json, "error") : ""),
                             excerpt(json ? text_member(*json, "error_description") : "", 300)));
  }
  std::string token = text_member(*json, "id_token");
  if (token.empty()) return error("it sent no ID token");
  return token;
}

Result<OidcIdentity> OidcClient::verified(const std::string& token, const OidcSignIn& begun, const Provider& provider,
                                          const Cancel& cancel) {
  APPORTION_ASSIGN(const JsonWebToken parsed, JsonWebToken::parse(token));
  APPORTION_ASSIGN(const std::vector<JsonWebKey> keys, keys_for(parsed, provider, cancel));
  return verify_id_token(parsed, keys, {provider.issuer, settings_.client_id, begun.nonce, world_.epoch_seconds()});
}

Result<std::vector<JsonWebKey>> OidcClient::keys_for(const JsonWebToken& token, const Provider& provider,
                                                     const Cancel& cancel) {
  const std::lock_guard lock(mutex_);
  if (!keys_ || world_.now() - keys_fetched_ >= kKeptFor) {
    APPORTION_TRY(fetch_keys(provider, cancel));
  } else if (keys_->candidates(token).empty() && world_.now() - keys_fetched_ >= kBetweenKeyFetches) {
    APPORTION_TRY(fetch_keys(provider, cancel));
  }
  return keys_->candidates(token);
}

Result<void> OidcClient::fetch_keys(const Provider& provider, const Cancel& cancel) {
  HttpRequest request;
  request.url = provider.keys_url;
  request.answer_bytes_max = kAnswerBytesMax;
  APPORTION_ASSIGN(const HttpResponse response, transport_->send(request, cancel));
  if (!response.ok()) return error(fmt::format("its keys are not there (status {})", response.status));
  APPORTION_ASSIGN(keys_, JsonWebKeys::parse(response.body));
  keys_fetched_ = world_.now();
  return ok();
}

}  // namespace apportion
