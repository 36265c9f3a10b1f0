#include "people/secrets.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using ::testing::StartsWith;

TEST(Secrets, SayWhatTheyAreAndAreNeverTheSame) {
  std::set<std::string> made;
  for (int i = 0; i < 100; ++i) made.insert(make_secret(SecretKind::kToken));
  EXPECT_EQ(made.size(), 100u);
  for (const std::string& token : made) {
    EXPECT_THAT(token, StartsWith("apn_"));
    EXPECT_TRUE(looks_like_secret(token, SecretKind::kToken));
    EXPECT_FALSE(looks_like_secret(token, SecretKind::kSession));
  }
  EXPECT_THAT(make_secret(SecretKind::kSession), StartsWith("aps_"));
  EXPECT_THAT(make_secret(SecretKind::kLink), StartsWith("apl_"));
}

TEST(Secrets, OfAnotherFormAreNotLookedUp) {
  const std::string token = make_secret(SecretKind::kToken);
  for (const std::string& other :
       {std::string(), std::string("apn_"), token + "A", token.substr(1), token.substr(0, token.size() - 1) + "'",
        std::string("apn_") + std::string(42, 'A') + std::string(1, '\0'), "apn_" + std::string(100'000, 'A')}) {
    EXPECT_FALSE(looks_like_secret(other, SecretKind::kToken));
  }
}

// FIPS 180-2, appendix B.1.
TEST(Secrets, AreKeptAsSha256) {
  EXPECT_EQ(secret_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Secrets, AreComparedAsAWhole) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("same", "same"));
  EXPECT_FALSE(equal_in_constant_time("same", "samf"));
  EXPECT_FALSE(equal_in_constant_time("same", "same "));
}

TEST(Secrets, TheForgeryTokenFollowsFromTheCookieAndDoesNotHoldIt) {
  const std::string cookie = make_secret(SecretKind::kSession);
  EXPECT_EQ(forgery_token_of(cookie), forgery_token_of(cookie));
  EXPECT_NE(forgery_token_of(cookie), forgery_token_of(make_secret(SecretKind::kSession)));
  EXPECT_EQ(forgery_token_of(cookie).find(cookie.substr(4)), std::string::npos);
}

TEST(Secrets, HavePublicIdsBesideThem) {
  EXPECT_EQ(random_public_id().size(), 12u);
  EXPECT_NE(random_public_id(), random_public_id());
}

}  // namespace
}  // namespace apportion
