#include "people/oidc/id_token.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/certificate.h"
#include "people/oidc/testing_provider.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;
using Kind = TestProviderKey::Kind;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kTenant = "8d1f0f6e-0000-4000-8000-000000000001";

const TestProviderKey& rsa() {
  static const TestProviderKey key(Kind::kRsa, "rsa");
  return key;
}
const TestProviderKey& p256() {
  static const TestProviderKey key(Kind::kP256, "p256");
  return key;
}
/// Has the id of the other, and is not among the provider's.
const TestProviderKey& foreign() {
  static const TestProviderKey key(Kind::kRsa, "rsa");
  return key;
}

Json claims(const Json& changes = Json::object()) {
  Json json{{"iss", "https://id.example.com"},
            {"aud", "our-client"},
            {"sub", "4711"},
            {"exp", kNow + 300},
            {"iat", kNow - 5},
            {"nonce", "the-nonce"}};
  json.merge_patch(changes);
  return json;
}

IdTokenExpectation expectation() { return {"https://id.example.com", "our-client", "the-nonce", kNow}; }

JsonWebKeys provider_keys() { return *JsonWebKeys::parse(key_set({rsa().jwk(), p256().jwk()})); }

Result<OidcIdentity> verify(const std::string& text, const JsonWebKeys& keys = provider_keys(),
                            const IdTokenExpectation& expected = expectation()) {
  APPORTION_ASSIGN(const JsonWebToken token, JsonWebToken::parse(text));
  return verify_id_token(token, keys.candidates(token), expected);
}

std::string reason(const Result<OidcIdentity>& refused) {
  if (refused) return "it was believed";
  EXPECT_EQ(refused.error().id, ErrorId::kSignInWithProviderFailed);
  EXPECT_FALSE(refused.error().next.empty());
  return refused.error().why;
}

TEST(IdToken, SaysWhoSignedIn) {
  const auto identity = verify(rsa().token(claims({{"tid", kTenant},
                                                   {"preferred_username", "anna@example.com"},
                                                   {"name", "Anna"},
                                                   {"email", "a@example.com"},
                                                   {"email_verified", true}}),
                                           "RS256"));
  ASSERT_TRUE(identity) << identity.error().message();
  EXPECT_EQ(identity->issuer, "https://id.example.com");
  EXPECT_EQ(identity->subject, "4711");
  EXPECT_EQ(identity->tenant_id, kTenant);
  EXPECT_EQ(identity->user_name, "anna@example.com");
  EXPECT_EQ(identity->name, "Anna");
  EXPECT_EQ(identity->email, "a@example.com");
  EXPECT_TRUE(identity->is_email_verified);
  EXPECT_FALSE(verify(rsa().token(claims({{"email", "a@example.com"}, {"email_verified", "true"}}), "RS256"))
                   ->is_email_verified);
}

TEST(IdToken, IsSignedByOneOfThreeAlgorithms) {
  EXPECT_TRUE(verify(rsa().token(claims(), "RS256")));
  EXPECT_TRUE(verify(rsa().token(claims(), "PS256")));
  EXPECT_TRUE(verify(p256().token(claims(), "ES256")));
}

TEST(IdToken, IsRefusedWithoutASignatureOfTheProvider) {
  const std::string good = rsa().token(claims(), "RS256");
  const std::string signed_part = good.substr(0, good.rfind('.'));
  const std::string header_of_hmac = unsigned_token({{"alg", "HS256"}, {"kid", "rsa"}}, claims());
  const std::string es256 = p256().token(claims(), "ES256");
  const std::vector<std::pair<std::string, std::string>> attacks = {
      {"no algorithm", unsigned_token({{"alg", "none"}}, claims()) + "."},
      {"no algorithm, with a key", unsigned_token({{"alg", "none"}, {"kid", "rsa"}}, claims()) + "."},
      {"None", unsigned_token({{"alg", "None"}, {"kid", "rsa"}}, claims()) + ".AAAA"},
      {"the public key as a secret", header_of_hmac + '.' + base64url(hmac_sha256(rsa().public_pem(), header_of_hmac))},
      {"the modulus as a secret",
       header_of_hmac + '.' + base64url(hmac_sha256(rsa().jwk()["n"].get<std::string>(), header_of_hmac))},
      {"an empty secret", header_of_hmac + '.' + base64url(hmac_sha256("", header_of_hmac))},
      {"an empty signature", signed_part + "."},
      {"a short signature", good.substr(0, good.size() - 6)},
      {"a short signature of ES256", es256.substr(0, es256.size() - 6)},
      {"an empty signature of ES256", es256.substr(0, es256.rfind('.') + 1)},
      {"zeros as a signature of ES256", es256.substr(0, es256.rfind('.') + 1) + base64url(std::string(64, '\0'))},
      {"another key of the same id", foreign().token(claims(), "RS256")},
      {"an unknown key", rsa().token(claims(), "RS256", {{"kid", "other"}})},
      {"the id of another key", rsa().token(claims(), "RS256", {{"kid", "p256"}})},
      {"no id, of two keys", rsa().token(claims(), "RS256", {{"kid", nullptr}})},
      {"a key in the header", foreign().token(claims(), "RS256", {{"jwk", foreign().jwk()}, {"jku", "https://x"}})},
      {"another padding than it says", rsa().token(claims(), "PS256", {{"alg", "RS256"}})},
      {"another algorithm than it says", rsa().token(claims(), "RS256", {{"alg", "RS512"}})},
      {"an algorithm of the other type", rsa().token(claims(), "RS256", {{"alg", "ES256"}})},
      {"no algorithm at all", rsa().token(claims(), "RS256", {{"alg", nullptr}})},
      {"changed claims", unsigned_token({{"alg", "RS256"}, {"kid", "rsa"}, {"typ", "JWT"}}, claims({{"sub", "1"}})) +
                             good.substr(good.rfind('.'))},
  };
  for (const auto& [name, token] : attacks) {
    EXPECT_THAT(reason(verify(token)), HasSubstr("no key of the provider signed the token")) << name;
  }
}

TEST(IdToken, IsRefusedIfItIsNotAToken) {
  const std::string good = rsa().token(claims(), "RS256");
  const std::vector<std::pair<std::string, std::string>> others = {
      {"", "three parts"},
      {"a.b", "three parts"},
      {good + ".x", "three parts"},
      {"{}.e30.AAAA", "header"},
      {"e30.W10.AAAA", "claims"},
      {good + "=", "signature"},
      {good + " ", "signature"},
      {good.substr(0, good.size() - 1) + "!", "signature"},
      {std::string(70'000, 'a'), "too large"},
      {rsa().token(claims(), "RS256", {{"crit", {"exp"}}}), "crit"},
      {rsa().token(claims(), "RS256", {{"crit", Json::array()}}), "crit"},
      {rsa().token(claims(), "RS256", {{"typ", "at+jwt"}}), "another type"},
      {rsa().token(claims(), "RS256", {{"typ", 1}}), "another type"},
  };
  for (const auto& [token, why] : others) EXPECT_THAT(reason(verify(token)), HasSubstr(why)) << token.substr(0, 80);
  EXPECT_TRUE(verify(rsa().token(claims(), "RS256", {{"typ", nullptr}})));
}

TEST(IdToken, IsRefusedIfItIsNotForUs) {
  const std::vector<std::pair<Json, std::string>> others = {
      {{{"iss", "https://other.example.com"}}, "another issuer"},
      {{{"iss", "https://id.example.com/"}}, "another issuer"},
      {{{"iss", nullptr}}, "another issuer"},
      {{{"iss", {"https://id.example.com"}}}, "another issuer"},
      {{{"aud", "other"}}, "for others"},
      {{{"aud", nullptr}}, "for others"},
      {{{"aud", Json::array()}}, "for others"},
      {{{"aud", {"other", "third"}}}, "for others"},
      {{{"aud", {"our-client", "other"}}}, "several"},
      {{{"azp", "other"}}, "another client"},
      {{{"azp", 1}}, "another client"},
      {{{"aud", {"our-client", "other"}}, {"azp", "other"}}, "another client"},
      {{{"exp", kNow - 60}}, "ended"},
      {{{"exp", nullptr}}, "iat, exp"},
      {{{"exp", "1800000300"}}, "iat, exp"},
      {{{"exp", 1.8e9 + 300.5}}, "iat, exp"},
      {{{"iat", nullptr}}, "iat, exp"},
      {{{"iat", kNow + 61}}, "begins"},
      {{{"nbf", kNow + 61}}, "begins"},
      {{{"nonce", "another"}}, "another sign-in"},
      {{{"nonce", nullptr}}, "another sign-in"},
      {{{"sub", ""}}, "who it is for"},
      {{{"sub", nullptr}}, "who it is for"},
      {{{"sub", std::string(256, 'x')}}, "who it is for"},
  };
  for (const auto& [changes, why] : others) {
    EXPECT_THAT(reason(verify(rsa().token(claims(changes), "RS256"))), HasSubstr(why)) << changes;
  }
  auto without_nonce = expectation();
  without_nonce.nonce = "";
  EXPECT_THAT(reason(verify(rsa().token(claims({{"nonce", ""}}), "RS256"), provider_keys(), without_nonce)),
              HasSubstr("another sign-in"));
}

TEST(IdToken, ClocksMayDifferByAMinute) {
  EXPECT_TRUE(verify(rsa().token(claims({{"exp", kNow - 59}}), "RS256")));
  EXPECT_TRUE(verify(rsa().token(claims({{"iat", kNow + 60}, {"nbf", kNow + 60}}), "RS256")));
  EXPECT_TRUE(verify(rsa().token(claims({{"aud", {"our-client"}}}), "RS256")));
  EXPECT_TRUE(verify(rsa().token(claims({{"aud", {"x", "our-client"}}, {"azp", "our-client"}}), "RS256")));
}

TEST(IdToken, ItsTenantStandsInTheIssuerOfSeveral) {
  auto expected = expectation();
  expected.issuer = "https://id.example.com/{tenantid}/v2.0";
  const std::string issuer = std::string("https://id.example.com/") + kTenant + "/v2.0";
  const auto verified = [&](const Json& changes) {
    return verify(rsa().token(claims(changes), "RS256"), provider_keys(), expected);
  };
  EXPECT_TRUE(verified({{"iss", issuer}, {"tid", kTenant}}));
  EXPECT_THAT(reason(verified({{"iss", issuer}})), HasSubstr("another issuer"));
  EXPECT_THAT(reason(verified({{"iss", issuer}, {"tid", "8d1f0f6e-0000-4000-8000-000000000002"}})),
              HasSubstr("another issuer"));
  EXPECT_THAT(reason(verified({{"iss", "https://id.example.com/x/v2.0"}, {"tid", "x"}})), HasSubstr("another issuer"));
}

TEST(IdToken, KeysOfOneIssuerSignForNoOther) {
  Json jwk = rsa().jwk();
  const std::string token = rsa().token(claims({{"tid", kTenant}}), "RS256");
  jwk["issuer"] = "https://id.example.com";
  EXPECT_TRUE(verify(token, *JsonWebKeys::parse(key_set({jwk}))));
  jwk["issuer"] = "https://id.example.com/{tenantid}";
  EXPECT_THAT(reason(verify(token, *JsonWebKeys::parse(key_set({jwk})))), HasSubstr("no key"));
}

TEST(JsonWebKeys, TwoKeysMayHaveOneId) {
  const auto both = JsonWebKeys::parse(key_set({foreign().jwk(), rsa().jwk()}));
  EXPECT_TRUE(verify(rsa().token(claims(), "RS256"), *both));
  EXPECT_TRUE(verify(foreign().token(claims(), "RS256"), *both)) << "then it is the provider's as well";
}

TEST(JsonWebKeys, TheOnlyKeyNeedsNoId) {
  Json jwk = rsa().jwk();
  jwk.erase("kid");
  const auto one = JsonWebKeys::parse(key_set({jwk}));
  EXPECT_TRUE(verify(rsa().token(claims(), "RS256", {{"kid", nullptr}}), *one));
}

TEST(JsonWebKeys, AKeyMayNameItsAlgorithm) {
  Json jwk = rsa().jwk();
  jwk["alg"] = "PS256";
  const auto one = JsonWebKeys::parse(key_set({jwk}));
  EXPECT_TRUE(verify(rsa().token(claims(), "PS256"), *one));
  EXPECT_FALSE(verify(rsa().token(claims(), "RS256"), *one));
  jwk["alg"] = "HS256";
  EXPECT_FALSE(verify(rsa().token(claims(), "RS256"), *JsonWebKeys::parse(key_set({jwk}))));
}

TEST(JsonWebKeys, LeaveOutWhatMakesNoSignaturesWeTake) {
  const auto changed = [](Json jwk, const Json& changes) {
    jwk.merge_patch(changes);
    return jwk;
  };
  const std::vector<Json> unusable = {
      changed(rsa().jwk(), {{"use", "enc"}}),
      changed(rsa().jwk(), {{"key_ops", {"encrypt"}}}),
      changed(rsa().jwk(), {{"kty", "oct"}, {"k", "AAAA"}}),
      changed(rsa().jwk(), {{"n", "!"}}),
      changed(rsa().jwk(), {{"e", base64url("\x01")}}),
      changed(rsa().jwk(), {{"e", base64url("\x04")}}),
      changed(rsa().jwk(), {{"n", base64url(std::string(2000, '\xff'))}}),
      changed(p256().jwk(), {{"x", base64url(std::string(32, '\x01'))}}),
      changed(p256().jwk(), {{"x", base64url("short")}}),
      TestProviderKey(Kind::kWeakRsa, "weak").jwk(),
      TestProviderKey(Kind::kP384, "large").jwk(),
      Json("text"),
  };
  for (const Json& jwk : unusable) EXPECT_EQ(JsonWebKeys::parse(key_set({jwk}))->size(), 0U) << jwk;
  for (const char* text : {"", "[]", "{}", R"({"keys": {}})"}) EXPECT_FALSE(JsonWebKeys::parse(text)) << text;
}

}  // namespace
}  // namespace apportion
