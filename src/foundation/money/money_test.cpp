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
            "amounts in two currencies cannot be combined: 1.1 EUR + 2 USD: one is in EUR, the other in USD; "
            "convert one of them with a dated exchange rate, or keep one total for each currency");
  EXPECT_FALSE(money("0", "EUR").minus(money("0", "USD")));
}

TEST(Money, PrintsAmountAndCode) { EXPECT_EQ(money("12.50", "eur").to_string(), "12.5 EUR"); }

TEST(ShownAmount, IsRoundedToTheCoinWithThousandsParted) {
  const Currency eur = *Currency::parse("EUR");
  const auto shown = [](std::string_view text, Currency currency) {
    return shown_amount(Decimal::parse(text).value, currency);
  };
  EXPECT_EQ(shown("1234567.005", eur), "1,234,567.00");
  EXPECT_EQ(shown("1234567.015", eur), "1,234,567.02");
  EXPECT_EQ(shown("-999.999", eur), "-1,000.00");
  EXPECT_EQ(shown("-123456", eur), "-123,456.00");
  EXPECT_EQ(shown("0.1", eur), "0.10");
  EXPECT_EQ(shown("0", eur), "0.00");
  EXPECT_EQ(shown("1234.5", *Currency::parse("JPY")), "1,234");
  EXPECT_EQ(shown("0.12345", *Currency::parse("KWD")), "0.123");
  EXPECT_EQ(shown("1234.56789", *Currency::parse("XAU")), "1,234.56789");
  EXPECT_EQ(shown_exact_amount(Decimal::parse("-1234567.000000000000000001").value), "-1,234,567.000000000000000001");
}

TEST(ShownPercentage, HasTwoDecimalsAtMost) {
  const auto shown = [](std::string_view text) { return shown_percentage(Decimal::parse(text).value); };
  EXPECT_EQ(shown("83.333333333333333333"), "83.33");
  EXPECT_EQ(shown("99.995"), "100");
  EXPECT_EQ(shown("-0.001"), "0");
}

}  // namespace
}  // namespace apportion
