#include "foundation/money/remainder.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(Remainder, WithTheRoundedValueItIsTheWrittenNumber) {
  struct Case {
    const char* text;
    const char* exact;
  };
  for (const Case& c : {Case{"0.0001188669167459011366", "0.0001188669167459011366"},
                        {"-0.0001188669167459011366", "-0.0001188669167459011366"},
                        {"0.0000000072922557592391990000", "0.000000007292255759239199"},
                        {"1.5", "1.5"},
                        {" 12345678901234567890.1234567890123456789 ", "12345678901234567890.1234567890123456789"},
                        {"1.2345678901234567890123E-5", "0.000012345678901234567890123"},
                        {"0.000000000000000000000000000000000001", "0.000000000000000000000000000000000001"},
                        {"0.9999999999999999999", "0.9999999999999999999"}}) {
    const Decimal rounded = Decimal::parse_rounding(c.text).value;
    const auto remainder = remainder_of(c.text, rounded);
    ASSERT_TRUE(remainder) << c.text;
    EXPECT_EQ(exact_text(rounded, *remainder), c.exact);
  }
}

TEST(Remainder, RefusesWhatItCannotHold) {
  EXPECT_FALSE(remainder_of("0.0000000000000000000000000000000000001", Decimal()));
  EXPECT_TRUE(remainder_of("0.0000000000000000000000000000000000010", Decimal()));
}

TEST(Remainder, SumsBeyondOneUnit) {
  const auto half_unit = *remainder_of("0.0000000000000000004", Decimal());
  Remainder sum;
  for (int i = 0; i < 10; ++i) sum += half_unit;
  EXPECT_EQ(exact_text(Decimal::from_integer(-1), sum), "-0.999999999999999996");
}

}  // namespace
}  // namespace apportion
