#include "people/passwords.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kGood = "four unlikely grey otters";

std::string complaint(std::string_view password, std::string_view user = "anna@example.com") {
  const auto checked = check_password(password, user);
  return checked ? std::string() : checked.error().why;
}

TEST(UserNames, AreAddressesOrShortNamesInLowerCase) {
  EXPECT_EQ(*checked_user_name(" Anna.Berg+x@Example.com "), "anna.berg+x@example.com");
  EXPECT_EQ(*checked_user_name("ops"), "ops");
  for (const char* wrong : {"", " ", "@", "anna@", "@example.com", "a@b@c", "anna berg", "-x", "an\nna", "änna", "a'b",
                            "<script>", "a/b"}) {
    const auto checked = checked_user_name(wrong);
    ASSERT_FALSE(checked) << wrong;
    EXPECT_EQ(checked.error().id, ErrorId::kUserNameInvalid);
  }
  EXPECT_FALSE(checked_user_name(std::string(255, 'a')));
}

TEST(PasswordRule, TakesLongOnes) {
  EXPECT_EQ(complaint(kGood), "");
  EXPECT_EQ(complaint("żółta łódź płynie"), "");
  EXPECT_EQ(complaint("2Kf9-x!Lq7_z"), "");
}

TEST(PasswordRule, RefusesWhatIsGuessedFirst) {
  EXPECT_THAT(complaint("short!"), HasSubstr("fewer than 12 characters"));
  EXPECT_THAT(complaint("ääääääääääü"), HasSubstr("fewer than 12 characters")) << "letters count, not bytes";
  EXPECT_THAT(complaint("aaaaaaaabbbb"), HasSubstr("different characters"));
  EXPECT_THAT(complaint("anna@example.com"), HasSubstr("the user's name"));
  EXPECT_THAT(complaint("Anna@Example.com1"), HasSubstr("the user's name"));
  EXPECT_THAT(complaint("administrator1!", "administrator"), HasSubstr("the user's name"));
  EXPECT_THAT(complaint("31415926535897"), HasSubstr("digits and signs only"));
  for (const char* common : {"Password1234!", "P@ssw0rd2026!!", "Summer2026!!", "qwertyuiop123", "Willkommen2026",
                             "correct horse battery staple", "1234-Ｐａｓｓｗｏｒｄ-1234"}) {
    EXPECT_THAT(complaint(common), HasSubstr("most people")) << common;
  }
  EXPECT_THAT(complaint("pass\xff\xfeword and more"), HasSubstr("UTF-8"));
  EXPECT_THAT(complaint(std::string(1025, 'x')), HasSubstr("1024 bytes"));
}

class PasswordsTest : public ::testing::Test {
 protected:
  Passwords passwords_{PasswordCost::least(), {.at_once = 2, .waiting = 1}};
};

TEST_F(PasswordsTest, KnowsARightPasswordFromAWrongOne) {
  const std::string hash = *passwords_.hash(kGood);
  EXPECT_THAT(hash, StartsWith("$argon2id$"));
  EXPECT_THAT(hash, Not(HasSubstr("otters")));
  EXPECT_NE(hash, *passwords_.hash(kGood)) << "salted";
  EXPECT_TRUE(*passwords_.verify(kGood, hash));
  EXPECT_FALSE(*passwords_.verify("four unlikely grey otterz", hash));
  EXPECT_FALSE(*passwords_.verify("", hash));
}

TEST_F(PasswordsTest, TakesAPasswordInAnyFormOfUnicode) {
  const std::string composed = "m\xc3\xbcnchen im regen";     // one character
  const std::string decomposed = "mu\xcc\x88nchen im regen";  // u and a mark
  EXPECT_TRUE(*passwords_.verify(decomposed, *passwords_.hash(composed)));
}

TEST_F(PasswordsTest, NobodysPasswordIsNeverRight) {
  EXPECT_FALSE(*passwords_.verify(kGood, ""));
  EXPECT_FALSE(*passwords_.verify("", ""));
  EXPECT_FALSE(*passwords_.verify(kGood, "not a hash"));
}

TEST_F(PasswordsTest, ManyAtOnceWaitOrAreRefusedAndNoneIsWrong) {
  const std::string hash = *passwords_.hash(kGood);
  std::atomic<int> right = 0;
  std::atomic<int> busy = 0;
  std::atomic<int> other = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const auto verified = passwords_.verify(kGood, hash);
        if (verified && *verified) ++right;
        if (!verified && verified.error().id == ErrorId::kServiceBusy) ++busy;
        if (verified && !*verified) ++other;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right + busy, 160);
  EXPECT_EQ(other, 0);
  EXPECT_GT(right, 0);
  EXPECT_TRUE(*passwords_.verify(kGood, hash)) << "everybody left";
}

TEST_F(PasswordsTest, RefusesWhenNobodyMayWait) {
  Passwords none{PasswordCost::least(), {.at_once = 0, .waiting = 0}};
  const auto refused = none.hash(kGood);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kServiceBusy);
  EXPECT_EQ(none.verify(kGood, "").error().id, ErrorId::kServiceBusy);
}

}  // namespace
}  // namespace apportion
