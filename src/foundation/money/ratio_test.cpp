#include "foundation/money/ratio.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

Decimal decimal(std::string_view text) { return Decimal::parse(text).value; }

std::string percent(std::string_view part, std::string_view whole) {
  const auto percent = percent_of(decimal(part), decimal(whole));
  return percent ? percent->to_string() : "unknown";
}

TEST(Ratio, PercentagesAreRoundedOnceHalfToEven) {
  EXPECT_EQ(percent("1", "4"), "25");
  EXPECT_EQ(percent("1", "3"), "33.333333");
  EXPECT_EQ(percent("2", "3"), "66.666667");
  EXPECT_EQ(percent("0.000000005", "1"), "0");         // half of the last digit, to the even 0
  EXPECT_EQ(percent("0.000000015", "1"), "0.000002");  // to the even 2
  EXPECT_EQ(percent("-1", "8"), "-12.5");
  EXPECT_EQ(percent("1", "-8"), "-12.5");
  EXPECT_EQ(percent("0", "7"), "0");
  EXPECT_EQ(percent("99999999999999999999", "99999999999999999999"), "100");
}

TEST(Ratio, APercentageOfNothingIsUnknown) {
  EXPECT_EQ(percent("1", "0"), "unknown");
  EXPECT_EQ(percent("0", "0"), "unknown");
  EXPECT_EQ(percent("99999999999999999999", "0.000000000000000001"), "unknown");
}

TEST(Ratio, AnAmountAtARateIsRoundedOnce) {
  const auto at = [](const char* amount, const char* rate) {
    const auto value = at_rate(decimal(amount), decimal(rate));
    return value ? value->to_string() : std::string("unknown");
  };
  EXPECT_EQ(at("9", "0.9"), "10");
  EXPECT_EQ(at("-1", "3"), "-0.333333333333333333");
  EXPECT_EQ(at("2", "3"), "0.666666666666666667");
  EXPECT_EQ(at("0", "0.9"), "0");
  EXPECT_EQ(at("99999999999999999999", "0.000000000000000001"), "unknown");
}

TEST(Ratio, DividesByWholeNumbers) {
  EXPECT_EQ(divided_by(decimal("1"), 24).to_string(), "0.041666666666666667");
  EXPECT_EQ(divided_by(decimal("-10"), 4).to_string(), "-2.5");
  EXPECT_EQ(divided_by(decimal("0.000000000000000001"), 2).to_string(), "0");
  EXPECT_EQ(divided_by(decimal("0.000000000000000003"), 2).to_string(), "0.000000000000000002");
  EXPECT_EQ(divided_by(decimal("3"), -2).to_string(), "-1.5");
}

}  // namespace
}  // namespace apportion
