#include "people/one_time_codes.h"

#include <set>

#include <gtest/gtest.h>

namespace apportion {
namespace {

constexpr const char* kSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";  // `12345678901234567890`
constexpr std::int64_t kNow = 1'234'567'890;

// RFC 6238, appendix B, the last six of the eight digits.
TEST(OneTimeCodes, AreThoseOfTheStandard) {
  EXPECT_EQ(one_time_code(kSecret, one_time_step(59)), "287082");
  EXPECT_EQ(one_time_code(kSecret, one_time_step(1'111'111'109)), "081804");
  EXPECT_EQ(one_time_code(kSecret, one_time_step(1'111'111'111)), "050471");
  EXPECT_EQ(one_time_code(kSecret, one_time_step(kNow)), "005924");
  EXPECT_EQ(one_time_code(kSecret, one_time_step(2'000'000'000)), "279037");
  EXPECT_EQ(one_time_code(kSecret, one_time_step(20'000'000'000)), "353130");
}

TEST(OneTimeCodes, AreRightAStepEarlierAndLater) {
  const std::int64_t now = one_time_step(kNow);
  for (const std::int64_t around : {-1, 0, 1}) {
    EXPECT_EQ(step_of_code(kSecret, one_time_code(kSecret, now + around), kNow, 0), now + around);
  }
  EXPECT_EQ(step_of_code(kSecret, one_time_code(kSecret, now - 2), kNow, 0), std::nullopt);
  EXPECT_EQ(step_of_code(kSecret, one_time_code(kSecret, now + 2), kNow, 0), std::nullopt);
  EXPECT_EQ(step_of_code(kSecret, "005 924", kNow, 0), now);
}

TEST(OneTimeCodes, AreNotRightTwice) {
  const std::int64_t now = one_time_step(kNow);
  EXPECT_EQ(step_of_code(kSecret, one_time_code(kSecret, now), kNow, now), std::nullopt);
  EXPECT_EQ(step_of_code(kSecret, one_time_code(kSecret, now - 1), kNow, now), std::nullopt) << "nor an earlier one";
  EXPECT_EQ(step_of_code(kSecret, one_time_code(kSecret, now + 1), kNow, now), now + 1);
}

TEST(OneTimeCodes, OfAnotherFormAreWrong) {
  for (const char* wrong : {"", "5924", "0005924", "00592a", "      ", "-05924"}) {
    EXPECT_EQ(step_of_code(kSecret, wrong, kNow, 0), std::nullopt) << wrong;
  }
}

TEST(OneTimeCodes, ComeFromASecretThatAppsRead) {
  const std::string secret = make_one_time_secret();
  EXPECT_EQ(secret.size(), 32u);
  EXPECT_NE(secret, make_one_time_secret());
  EXPECT_EQ(one_time_code(secret, 1).size(), 6u);
  EXPECT_EQ(one_time_url(kSecret, "anna@example.com", "Apportion, Ltd"),
            "otpauth://totp/Apportion%2C%20Ltd:anna@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&issuer=Apportion%2C%20Ltd&algorithm=SHA1&digits=6&period=30");
}

TEST(RecoveryCodes, AreTakenAsPeopleTypeThem) {
  const auto codes = make_recovery_codes();
  EXPECT_EQ(codes.size(), 10u);
  EXPECT_EQ(std::set(codes.begin(), codes.end()).size(), 10u);
  for (const std::string& code : codes) {
    EXPECT_EQ(code.size(), 14u);
    std::string upper = code;
    for (char& letter : upper) letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
    EXPECT_TRUE(typed_recovery_code(code));
    EXPECT_EQ(typed_recovery_code(upper), typed_recovery_code(code));
  }
  EXPECT_EQ(typed_recovery_code("k7qm 2xw4 9dfp"), "k7qm2xw49dfp");
  for (const char* wrong : {"", "123456", "k7qm-2xw4-9df", "k7qm-2xw4-9df1"}) EXPECT_FALSE(typed_recovery_code(wrong));
}

}  // namespace
}  // namespace apportion
