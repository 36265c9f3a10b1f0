#include "foundation/money/currency.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(Currency, ReadsThreeLettersInAnyCase) {
  EXPECT_EQ(Currency::parse("EUR")->code(), "EUR");
  EXPECT_EQ(Currency::parse("usd")->code(), "USD");
  EXPECT_EQ(Currency::parse("GbP"), Currency::parse("gBp"));
  for (const char* wrong : {"", "EU", "EURO", "E R", "E1R", "€", " EUR", "EU\xc4"}) {
    EXPECT_FALSE(Currency::parse(wrong)) << wrong;
  }
}

TEST(Currency, KnowsItsMinorUnit) {
  struct Case {
    const char* code;
    std::optional<int> digits;
  };
  for (const auto& [code, digits] : {
           Case{"EUR", 2},
           Case{"USD", 2},
           Case{"CHF", 2},
           Case{"AED", 2},
           Case{"ZWG", 2},
           Case{"INR", 2},
           Case{"JPY", 0},
           Case{"KRW", 0},
           Case{"BIF", 0},
           Case{"XPF", 0},
           Case{"CLP", 0},
           Case{"KWD", 3},
           Case{"BHD", 3},
           Case{"TND", 3},
           Case{"CLF", 4},
           Case{"UYW", 4},
           Case{"XAU", std::nullopt},
           Case{"XXX", std::nullopt},
           Case{"ABC", std::nullopt},
           Case{"DAF", std::nullopt},
       }) {
    EXPECT_EQ(Currency::parse(code)->minor_digits(), digits) << code;
  }
}

TEST(Currency, SortsByCode) { EXPECT_LT(*Currency::parse("EUR"), *Currency::parse("usd")); }

}  // namespace
}  // namespace apportion
