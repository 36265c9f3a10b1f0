#include "foundation/money/rounded_down.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

std::string rounded(std::string_view left, std::string_view right, int places) {
  const auto product = product_rounded_down(Decimal::parse(left).value, Decimal::parse(right).value, places);
  return product ? product->to_string() : "too large";
}

TEST(RoundedDown, DropsWhatComesAfterThePlaces) {
  EXPECT_EQ(rounded("1.239", "1", 2), "1.23");
  EXPECT_EQ(rounded("-1.239", "1", 2), "-1.23");
  EXPECT_EQ(rounded("1.5", "1.5", 0), "2");
  EXPECT_EQ(rounded("0.000000000000000001", "1", 18), "0.000000000000000001");
  EXPECT_EQ(rounded("0", "-5", 2), "0");
}

// 0.1 * 0.199999999999999999 = 0.0199999999999999999, which 18 places would round to 0.02.
TEST(RoundedDown, SeesAllDigitsOfTheProduct) {
  EXPECT_EQ(rounded("0.1", "0.199999999999999999", 2), "0.01");
  EXPECT_EQ(rounded("0.1", "0.2", 2), "0.02");
}

TEST(RoundedDown, ReportsWhatIsTooLarge) {
  EXPECT_EQ(rounded("99999999999999999999", "10", 2), "too large");
  EXPECT_EQ(rounded("99999999999999999999", "1", 2), "99999999999999999999");
}

}  // namespace
}  // namespace apportion
