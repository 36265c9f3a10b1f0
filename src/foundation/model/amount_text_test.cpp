#include "foundation/model/amount_text.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(AmountText, ReadsPlainNumbersAndObjectsDigitByDigit) {
  EXPECT_EQ(parse_amount_text("12.50")->value.to_string(), "12.5");
  const auto amount = parse_amount_text(R"({"currency":"USD","value":0.100000000000000001})");
  ASSERT_TRUE(amount);
  EXPECT_EQ(amount->value.to_string(), "0.100000000000000001");
  EXPECT_EQ(amount->currency, "USD");
  EXPECT_EQ(parse_amount_text(R"( {"Value":"-3","Currency":"EUR"} )")->value.to_string(), "-3");
  EXPECT_EQ(parse_amount_text(R"({"amount":7})")->value.to_string(), "7");
}

TEST(AmountText, RefusesWhatIsNoAmount) {
  for (const char* text : {"", "n/a", "{", "{}", R"({"currency":"USD"})", R"({"value":"x"})",
                           R"({"value":{"value":1}})", R"([1])", R"({"value":1} 2)"}) {
    EXPECT_FALSE(parse_amount_text(text)) << text;
  }
}

}  // namespace
}  // namespace apportion
