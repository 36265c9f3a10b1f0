#include "pipeline/invoices/invoice_rounding.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

Decimal decimal(std::string_view text) { return Decimal::parse(text).value; }

std::string taken(std::string_view price, std::string_view quantity, std::string_view rate, std::string_view amount) {
  InvoiceLine line;
  if (!price.empty()) line.unit_price = decimal(price);
  line.quantity = decimal(quantity);
  if (!rate.empty()) line.exchange_rate = decimal(rate);
  line.amount = decimal(amount);
  const auto result = taken_by_rounding(line);
  return result ? result->to_string() : "no rule";
}

TEST(InvoiceRounding, OfConsumptionRoundsTwice) {
  // 0.0567 * 10 = 0.567 -> 0.56; * 0.9 = 0.504 -> 0.50. Once at the end would give 0.51.
  EXPECT_EQ(taken("0.0567", "10", "0.9", "0.50"), "0.0103");
  EXPECT_EQ(taken("0.0567", "10", "0.9", "0.51"), "no rule");
}

TEST(InvoiceRounding, OfLicencesRoundsThePriceOfOne) {
  EXPECT_EQ(taken("10.559", "3", "1", "31.65"), "0.027");  // as consumption: 31.67
  EXPECT_EQ(taken("10.559", "3", "1", "31.67"), "0.007");
}

TEST(InvoiceRounding, GoesTowardsZeroForRefunds) { EXPECT_EQ(taken("0.0567", "-10", "", "-0.56"), "-0.007"); }

TEST(InvoiceRounding, IsUnknownWithoutPrice) { EXPECT_EQ(taken("", "1", "1", "1"), "no rule"); }

}  // namespace
}  // namespace apportion
