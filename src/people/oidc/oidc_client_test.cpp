#include "people/oidc/oidc_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/certificate.h"
#include "azure/testing.h"
#include "people/oidc/testing_provider.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
using Kind = TestProviderKey::Kind;

constexpr std::int64_t kNow = 1'800'000'000;

const TestProviderKey& key(int number) {
  static const std::vector<TestProviderKey> keys = {{Kind::kP256, "one"}, {Kind::kP256, "two"}};
  return keys.at(static_cast<std::size_t>(number - 1));
}

Json description(const Json& changes = Json::object()) {
  Json json{{"issuer", "https://id.example.com"},
            {"authorization_endpoint", "https://id.example.com/authorize"},
            {"token_endpoint", "https://id.example.com/token"},
            {"jwks_uri", "https://id.example.com/keys"}};
  json.merge_patch(changes);
  return json;
}

std::string parameter(const std::string& text, const std::string& name) {
  const std::size_t begin = text.find(name + "=") + name.size() + 1;
  return text.substr(begin, text.find('&', begin) - begin);
}

class OidcClientTest : public ::testing::Test {
 protected:
  OidcClient client(const Json& its_description = description()) {
    provider_.always("GET", "/.well-known/openid-configuration", answer_with(200, its_description.dump()));
    return {settings_, provider_, {[] { return kNow; }, [this] { return now_; }}};
  }
  std::string token(const OidcSignIn& begun, const TestProviderKey& by = key(1)) const {
    return by.token({{"iss", "https://id.example.com"},
                     {"aud", "our client"},
                     {"sub", "4711"},
                     {"exp", kNow + 300},
                     {"iat", kNow},
                     {"nonce", begun.nonce}},
                    "ES256");
  }
  void gives(const std::string& token) {
    provider_.once("POST", "/token", answer_with(200, Json{{"id_token", token}, {"access_token", "x"}}.dump()));
  }
  void has_keys(const std::vector<Json>& keys) { provider_.once("GET", "/keys", answer_with(200, key_set(keys))); }
  /// A whole sign-in, with a token that this key signed.
  Result<OidcIdentity> signs_in(OidcClient& client, const TestProviderKey& by = key(1)) {
    APPORTION_ASSIGN(const OidcSignIn begun, client.begin({}));
    gives(token(begun, by));
    return client.finish(begun, {begun.state, "the code"}, {});
  }
  static std::string reason(const Result<OidcIdentity>& refused) {
    if (refused) return "it was believed";
    EXPECT_EQ(refused.error().id, ErrorId::kSignInWithProviderFailed);
    EXPECT_EQ(refused.error().where, "https://id.example.com");
    return refused.error().why;
  }

  OidcSettings settings_{"https://id.example.com", "our client", "a secret:", "https://costs.example.com/back"};
  FakeTransport provider_;
  std::chrono::steady_clock::time_point now_;
};

TEST_F(OidcClientTest, SendsTheBrowserToTheProvider) {
  auto oidc = client(description({{"authorization_endpoint", "https://id.example.com/authorize?p=1"}}));
  const auto begun = oidc.begin({});
  ASSERT_TRUE(begun) << begun.error().message();
  EXPECT_THAT(begun->url, ::testing::StartsWith("https://id.example.com/authorize?p=1&response_type=code&"));
  EXPECT_EQ(parameter(begun->url, "client_id"), "our%20client");
  EXPECT_EQ(parameter(begun->url, "redirect_uri"), "https%3A%2F%2Fcosts.example.com%2Fback");
  EXPECT_EQ(parameter(begun->url, "scope"), "openid%20profile%20email");
  EXPECT_EQ(parameter(begun->url, "state"), begun->state);
  EXPECT_EQ(parameter(begun->url, "nonce"), begun->nonce);
  EXPECT_EQ(parameter(begun->url, "code_challenge_method"), "S256");
  EXPECT_EQ(parameter(begun->url, "code_challenge").size(), 43U);
  EXPECT_THAT(begun->url, Not(HasSubstr(begun->code_verifier)));
  const auto other = oidc.begin({});
  EXPECT_NE(other->state, begun->state);
  EXPECT_NE(other->nonce, begun->nonce);
  EXPECT_NE(other->code_verifier, begun->code_verifier);
  EXPECT_EQ(begun->code_verifier.size(), 43U);
}

TEST_F(OidcClientTest, ExchangesTheCodeForAnIdentity) {
  auto oidc = client();
  has_keys({key(1).jwk()});
  const auto identity = signs_in(oidc);
  ASSERT_TRUE(identity) << identity.error().message();
  EXPECT_EQ(identity->subject, "4711");
  const HttpRequest exchange = provider_.requests().at(1);
  EXPECT_EQ(exchange.url, "https://id.example.com/token");
  EXPECT_FALSE(exchange.may_repeat);
  EXPECT_EQ(header_of(exchange, "authorization"), "Basic b3VyJTIwY2xpZW50OmElMjBzZWNyZXQlM0E=");
  EXPECT_EQ(parameter(exchange.body, "grant_type"), "authorization_code");
  EXPECT_EQ(parameter(exchange.body, "code"), "the%20code");
  EXPECT_EQ(parameter(exchange.body, "code_verifier").size(), 43U);
  EXPECT_THAT(exchange.body, Not(HasSubstr("secret")));
}

TEST_F(OidcClientTest, GivesItsSecretAsTheProviderTakesIt) {
  auto oidc = client(description({{"token_endpoint_auth_methods_supported", {"client_secret_post"}}}));
  has_keys({key(1).jwk()});
  EXPECT_TRUE(signs_in(oidc));
  EXPECT_EQ(header_of(provider_.requests().at(1), "authorization"), "");
  EXPECT_EQ(parameter(provider_.requests().at(1).body, "client_secret"), "a%20secret%3A");
}

TEST_F(OidcClientTest, NeedsNoSecret) {
  settings_.client_secret = "";
  auto oidc = client();
  has_keys({key(1).jwk()});
  EXPECT_TRUE(signs_in(oidc));
  EXPECT_EQ(header_of(provider_.requests().at(1), "authorization"), "");
  EXPECT_THAT(provider_.requests().at(1).body, Not(HasSubstr("secret")));
}

TEST_F(OidcClientTest, TakesNoAnswerToAnotherSignIn) {
  auto oidc = client();
  const auto begun = oidc.begin({});
  const auto finished = [&](const OidcAnswer& answer) { return reason(oidc.finish(*begun, answer, {})); };
  EXPECT_THAT(finished({"other", "code"}), HasSubstr("another sign-in (state)"));
  EXPECT_THAT(finished({"", "code"}), HasSubstr("another sign-in (state)"));
  EXPECT_THAT(reason(oidc.finish({}, {"", "code"}, {})), HasSubstr("another sign-in (state)"));
  EXPECT_THAT(finished({begun->state, ""}), HasSubstr("no code"));
  EXPECT_THAT(finished({begun->state, "", "access_denied", "not today"}), HasSubstr("access_denied not today"));
  EXPECT_THAT(finished({begun->state, "code", "", "", "https://evil.example.com"}), HasSubstr("another provider"));
  EXPECT_EQ(provider_.requests().size(), 1U) << "no code goes anywhere";
}

TEST_F(OidcClientTest, TakesNoTokenOfAnotherSignIn) {
  auto oidc = client();
  has_keys({key(1).jwk()});
  const auto begun = oidc.begin({});
  const auto other = oidc.begin({});
  gives(token(*other));
  EXPECT_THAT(reason(oidc.finish(*begun, {begun->state, "code"}, {})), HasSubstr("nonce"));
}

TEST_F(OidcClientTest, SaysWhyTheProviderRefusesTheCode) {
  auto oidc = client();
  const auto begun = oidc.begin({});
  provider_.once("POST", "/token", answer_with(400, R"({"error": "invalid_grant", "error_description": "used"})"));
  EXPECT_THAT(reason(oidc.finish(*begun, {begun->state, "code"}, {})), HasSubstr("400 invalid_grant used"));
  provider_.once("POST", "/token", answer_with(200, "<html>"));
  EXPECT_THAT(reason(oidc.finish(*begun, {begun->state, "code"}, {})), HasSubstr("did not take the code"));
  provider_.once("POST", "/token", answer_with(200, R"({"access_token": "x"})"));
  EXPECT_THAT(reason(oidc.finish(*begun, {begun->state, "code"}, {})), HasSubstr("no ID token"));
}

TEST_F(OidcClientTest, FetchesKeysAgainWhenTheyRotate) {
  auto oidc = client();
  has_keys({key(1).jwk()});
  EXPECT_TRUE(signs_in(oidc));
  has_keys({key(2).jwk()});
  now_ += std::chrono::seconds(59);
  EXPECT_THAT(reason(signs_in(oidc, key(2))), HasSubstr("no key")) << "not more than once a minute";
  now_ += std::chrono::seconds(1);
  EXPECT_TRUE(signs_in(oidc, key(2)));
  EXPECT_FALSE(signs_in(oidc, key(1))) << "its key is no longer the provider's";
  EXPECT_EQ(provider_.unused(), 0U);
}

TEST_F(OidcClientTest, FetchesDescriptionAndKeysAgainAfterAnHour) {
  auto oidc = client();
  has_keys({key(1).jwk()});
  EXPECT_TRUE(signs_in(oidc));
  EXPECT_EQ(provider_.requests().size(), 3U);
  EXPECT_TRUE(signs_in(oidc));
  EXPECT_EQ(provider_.requests().size(), 4U);
  now_ += std::chrono::hours(1);
  has_keys({key(2).jwk()});
  EXPECT_FALSE(signs_in(oidc)) << "a key that was withdrawn is good for an hour at most";
  EXPECT_EQ(provider_.requests().size(), 7U);
}

TEST_F(OidcClientTest, RefusesDescriptionsThatCannotBeRight) {
  const std::vector<std::pair<Json, std::string>> others = {
      {{{"issuer", "https://evil.example.com"}}, "another issuer"},
      {{{"issuer", "https://evil.example.com/{tenantid}"}}, "another issuer"},
      {{{"issuer", nullptr}}, "another issuer"},
      {{{"token_endpoint", "http://id.example.com/token"}}, "not https"},
      {{{"authorization_endpoint", nullptr}}, "not https"},
      {{{"jwks_uri", "file:///etc/passwd"}}, "not https"},
      {{{"code_challenge_methods_supported", {"plain"}}}, "PKCE"},
  };
  for (const auto& [changes, why] : others) {
    FakeTransport provider;
    provider.always("GET", "/.well-known/openid-configuration", answer_with(200, description(changes).dump()));
    OidcClient oidc(settings_, provider, {[] { return kNow; }});
    const auto begun = oidc.begin({});
    ASSERT_FALSE(begun) << changes;
    EXPECT_EQ(begun.error().id, ErrorId::kSignInWithProviderFailed);
    EXPECT_THAT(begun.error().why, HasSubstr(why));
  }
  FakeTransport provider;
  provider.once("GET", "/.well-known/openid-configuration", answer_with(404, "{}"));
  EXPECT_THAT(OidcClient(settings_, provider, {[] { return kNow; }}).begin({}).error().why, HasSubstr("404"));
  settings_.issuer = "http://id.example.com";
  EXPECT_THAT(OidcClient(settings_, provider, {[] { return kNow; }}).begin({}).error().why, HasSubstr("not https"));
}

TEST_F(OidcClientTest, OneProviderMayServeSeveralTenants) {
  settings_.issuer = "https://id.example.com/organizations/v2.0";
  auto oidc = client(description({{"issuer", "https://id.example.com/{tenantid}/v2.0"}}));
  has_keys({key(1).jwk()});
  const auto begun = oidc.begin({});
  const std::string tenant = "8d1f0f6e-0000-4000-8000-000000000001";
  gives(key(1).token({{"iss", "https://id.example.com/" + tenant + "/v2.0"},
                      {"tid", tenant},
                      {"aud", "our client"},
                      {"sub", "4711"},
                      {"exp", kNow + 300},
                      {"iat", kNow},
                      {"nonce", begun->nonce}},
                     "ES256"));
  const auto identity = oidc.finish(*begun, {begun->state, "code"}, {});
  ASSERT_TRUE(identity) << identity.error().message();
  EXPECT_EQ(identity->tenant_id, tenant);
}

}  // namespace
}  // namespace apportion
