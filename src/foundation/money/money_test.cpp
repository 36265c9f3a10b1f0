#include "foundation/money/money.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

Money money(std::string_view amount, std::string_view currency) {
  return {Decimal::parse(amount).value, *Currency::parse(currency)};
}

TEST(Money, AddsWithinOneCurrency) {
  EXPECT_EQ(money("1.10", "EUR").plus(money("-3", "EUR")).value(), money("-1.9", "EUR"));
  EXPECT_EQ(money("1.10", "EUR").minus(money("-3", "EUR")).value(), money("4.1", "EUR"));
  EXPECT_NE(money("1", "EUR"), money("1", "USD"));
}

TEST(Money, NeverAddsTwoCurrencies) {
  const Result<Money> sum = money("1.1", "EUR").plus(money("2", "USD"));
  ASSERT_FALSE(sum);
  EXPECT_EQ(sum.error().message(),
            "amounts of two currencies cannot be put together: 1.1 EUR + 2 USD: one is in EUR, the other in USD; "
            "convert one of them with a dated exchange rate, or keep one total for each currency");
  EXPECT_FALSE(money("0", "EUR").minus(money("0", "USD")));
}

TEST(Money, PrintsAmountAndCode) { EXPECT_EQ(money("12.50", "eur").to_string(), "12.5 EUR"); }

}  // namespace
}  // namespace apportion
