#include "application/provider_sign_ins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/identity_provider.h"
#include "azure/testing.h"
#include "foundation/base/test_support.h"
#include "people/oidc/testing_provider.h"
#include "store/control_plane.h"
#include "store/people_book.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr const char* kTenant = "11111111-2222-3333-4444-555555555555";

const TestProviderKey& key() {
  static const TestProviderKey made(TestProviderKey::Kind::kP256, "one");
  return made;
}

std::string parameter(const std::string& url, const std::string& name) {
  const std::size_t begin = url.find(name + "=") + name.size() + 1;
  return url.substr(begin, url.find('&', begin) - begin);
}

class ProviderSignInsTest : public ::testing::Test {
 protected:
  ProviderSignInsTest() {
    User anna;
    anna.name = "anna@example.com";
    anna.display_name = "Anna";
    anna.role = Role::kOwner;
    EXPECT_TRUE(book_.add_user(anna, {"os:ada"}));
    provider_.always("GET", "/.well-known/openid-configuration",
                     answer_with(200, Json{{"issuer", "https://id.example.com"},
                                           {"authorization_endpoint", "https://id.example.com/authorize"},
                                           {"token_endpoint", "https://id.example.com/token"},
                                           {"jwks_uri", "https://id.example.com/keys"}}
                                          .dump()));
    provider_.always("GET", "/keys", answer_with(200, key_set({key().jwk()})));
    set_up(true);
  }

  void set_up(bool trusts_names, const std::string& client = "our-client") {
    auto manager = *IdentityProviderManager::open(*home_, world_, Identity::of_operator("os:ada"));
    IdentityProviderRequest request{"https://id.example.com", client, "https://bill.example.com"};
    request.trusts_names = trusts_names;
    request.secret = "a secret";
    EXPECT_TRUE(manager.set(request));
  }

  Result<BegunProviderSignIn> begin(const std::string& return_to = "", const std::string& network = "10.0.0.7") {
    return sign_ins_.begin(return_to, {network, network, "a browser"}, {});
  }
  // What the provider has its token endpoint answer for a sign-in that was begun.
  void gives(const BegunProviderSignIn& begun, const Json& changes = Json::object()) {
    Json claims{{"iss", "https://id.example.com"},
                {"aud", "our-client"},
                {"sub", "4711"},
                {"exp", now_ + 300},
                {"iat", now_},
                {"nonce", parameter(begun.url, "nonce")},
                {"preferred_username", "anna@example.com"}};
    claims.merge_patch(changes);
    provider_.once("POST", "/token", answer_with(200, Json{{"id_token", key().token(claims, "ES256")}}.dump()));
  }
  Result<FinishedProviderSignIn> finish(const BegunProviderSignIn& begun, const std::string& browser_secret) {
    return sign_ins_.finish({parameter(begun.url, "state"), "the code"}, browser_secret,
                            {"10.0.0.7", "10.0.0.7", "a browser"}, {});
  }
  Result<FinishedProviderSignIn> finish(const BegunProviderSignIn& begun) {
    return finish(begun, begun.browser_secret);
  }
  std::string refusal(const Result<FinishedProviderSignIn>& finished) {
    if (finished) return "somebody was signed in";
    EXPECT_EQ(finished.error().id, ErrorId::kSignInWithProviderFailed);
    return finished.error().what;
  }

  TestFolder folder_;
  Result<Home> home_ = Home::create(folder_ / "home");
  std::int64_t now_ = 1'795'000'000;
  PeopleWorld world_{Clock::fixed(*Day::parse("2026-11-22")), [this] { return now_; },
                     [](const char* /*name*/) { return std::optional<std::string>(); }};
  PeopleBook book_ = *PeopleBook::open(home_->control_plane_file(), world_.clock, world_.epoch_seconds);
  Identities identities_ = *Identities::open(*home_, world_);
  FakeTransport provider_;
  ProviderSignIns sign_ins_{{home_->folder(), world_.variable, world_.epoch_seconds}, identities_, provider_};
};

TEST_F(ProviderSignInsTest, BeginAndEndInASession) {
  const auto begun = begin("/costs?month=2026-10#top");
  ASSERT_TRUE(begun) << begun.error().message();
  EXPECT_THAT(begun->url, StartsWith("https://id.example.com/authorize?"));
  EXPECT_EQ(parameter(begun->url, "redirect_uri"), "https%3A%2F%2Fbill.example.com%2Fsign-in%2Freturn");
  gives(*begun);
  const auto finished = finish(*begun);
  ASSERT_TRUE(finished) << finished.error().message();
  EXPECT_EQ(finished->return_to, "/costs?month=2026-10#top");
  EXPECT_EQ(finished->session.identity.user, "anna@example.com");
  EXPECT_TRUE(identities_.of_session(finished->session.cookie_value));
  EXPECT_EQ(sign_ins_.begun(), 0U);
}

TEST_F(ProviderSignInsTest, AnAnswerIsTakenOnce) {
  const auto begun = begin();
  gives(*begun);
  ASSERT_TRUE(finish(*begun));
  EXPECT_EQ(refusal(finish(*begun)), "the sign-in was not begun in this browser");
}

TEST_F(ProviderSignInsTest, AnAnswerIsTakenFromTheBrowserThatBegan) {
  const auto begun = begin();
  const auto elsewhere = begin();
  EXPECT_EQ(refusal(finish(*begun, elsewhere->browser_secret)), "the sign-in was not begun in this browser");
  EXPECT_EQ(refusal(finish(*begun, "")), "the sign-in was not begun in this browser");
  gives(*begun);
  EXPECT_TRUE(finish(*begun)) << "others cannot use it up";
}

TEST_F(ProviderSignInsTest, AfterTenMinutesItIsTooLate) {
  const auto begun = begin();
  const auto late = begin();
  now_ += ProviderSignIns::kSecondsMax - 1;
  gives(*begun);
  EXPECT_TRUE(finish(*begun));
  now_ += 1;
  EXPECT_EQ(refusal(finish(*late)), "the sign-in was not begun in this browser");
  ASSERT_TRUE(begin());
  EXPECT_EQ(sign_ins_.begun(), 1U);
}

TEST_F(ProviderSignInsTest, WhoBeginsManyPushesOutTheirOwn) {
  const auto early = begin("", "10.0.0.1");
  const auto first = begin();
  const auto second = begin();
  for (std::size_t i = 2; i <= ProviderSignIns::kBegunByOneMax; ++i) ASSERT_TRUE(begin());
  EXPECT_EQ(sign_ins_.begun(), ProviderSignIns::kBegunByOneMax + 1);
  EXPECT_EQ(refusal(finish(*first)), "the sign-in was not begun in this browser");
  gives(*second);
  EXPECT_TRUE(finish(*second));
  for (std::size_t i = 0; i < ProviderSignIns::kBegunMax; ++i) {
    ASSERT_TRUE(begin("", "10.1." + std::to_string(i / 10) + ".1"));
  }
  EXPECT_EQ(sign_ins_.begun(), ProviderSignIns::kBegunMax);
  gives(*early);
  EXPECT_TRUE(finish(*early)) << "of those who began more, somebody had to go";
}

TEST_F(ProviderSignInsTest, OnlyPathsOfThisServiceAreReturnedTo) {
  for (const char* path : {"/", "/#/costs", "/api/v1/me", "/a?b=//c", "/a//b"}) {
    EXPECT_TRUE(is_path_of_this_service(path)) << path;
  }
  for (const char* path :
       {"", "costs", "//evil.example.com", "/\\evil.example.com", "\\\\evil.example.com", "https://evil.example.com",
        "javascript:alert(1)", "/a\\b", "/\t/evil.example.com", "/a b", "/a\r\nSet-Cookie: x", " /a", "/\xc3\xa9"}) {
    EXPECT_FALSE(is_path_of_this_service(path)) << path;
  }
  EXPECT_FALSE(is_path_of_this_service("/" + std::string(1000, 'a')));
  EXPECT_EQ(begin("//evil.example.com").error().id, ErrorId::kFieldInvalid);
  EXPECT_TRUE(provider_.requests().empty());
}

TEST_F(ProviderSignInsTest, WithoutAProviderNobodyIsSentAnywhere) {
  const auto begun = begin();
  auto manager = *IdentityProviderManager::open(*home_, world_, Identity::of_operator("os:ada"));
  ASSERT_TRUE(manager.remove());
  EXPECT_EQ(begin().error().id, ErrorId::kIdentityProviderMissing);
  EXPECT_EQ(finish(*begun).error().id, ErrorId::kIdentityProviderMissing);
}

TEST_F(ProviderSignInsTest, WhatWasBegunWithAnotherClientEnds) {
  const auto begun = begin();
  set_up(true, "another-client");
  EXPECT_EQ(parameter(begin()->url, "client_id"), "another-client");
  EXPECT_EQ(refusal(finish(*begun)), "the sign-in was begun with another provider");
}

TEST_F(ProviderSignInsTest, NamesCountOnlyWhereTheyAreTrusted) {
  set_up(false);
  const auto begun = begin();
  gives(*begun);
  EXPECT_EQ(finish(*begun).error().id, ErrorId::kSignInFailed);
  ASSERT_TRUE(book_.map_tenant(kTenant, std::nullopt, {"os:ada"}));
  const auto of_tenant = begin();
  gives(*of_tenant, {{"tid", kTenant}});
  EXPECT_EQ(finish(*of_tenant).error().id, ErrorId::kSignInFailed);
  const auto by_mail = begin();
  gives(*by_mail, {{"preferred_username", nullptr}, {"email", "anna@example.com"}, {"email_verified", true}});
  EXPECT_EQ(finish(*by_mail).error().id, ErrorId::kSignInFailed) << "nobody is linked by an address";
}

TEST_F(ProviderSignInsTest, TheProvidersRefusalIsAFailureWithTheReasonForTheLog) {
  const auto begun = begin();
  const auto refused = sign_ins_.finish({parameter(begun->url, "state"), "", "access_denied", "not today"},
                                        begun->browser_secret, {"10.0.0.7", "10.0.0.7", "a browser"}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kSignInWithProviderFailed);
  EXPECT_THAT(refused.error().why, HasSubstr("access_denied not today"));
}

// A provider that answers nothing until nobody waits any more.
class SilentTransport : public HttpTransport {
 public:
  Result<HttpResponse> send(const HttpRequest& request, const Cancel& cancel) override {
    while (cancel.wait_for(std::chrono::hours(1))) {
    }
    return cancelled_error(request.url);
  }
};

TEST_F(ProviderSignInsTest, AProviderThatDoesNotAnswerIsNotWaitedForForever) {
  SilentTransport silent;
  ProviderSignIns sign_ins{
      {home_->folder(), world_.variable, world_.epoch_seconds, std::chrono::milliseconds(1)}, identities_, silent};
  const auto begun = sign_ins.begin("", {}, {});
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().id, ErrorId::kNoAnswer);
  EXPECT_EQ(sign_ins.begun(), 0U);
  const Cancel gone;
  gone.request();
  EXPECT_EQ(sign_ins.begin("", {}, gone).error().kind(), ErrorKind::kCancelled);
}

}  // namespace
}  // namespace apportion
