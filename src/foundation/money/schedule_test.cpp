#include "foundation/money/schedule.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

Decimal decimal(std::string_view text) { return Decimal::parse(text).value; }
Day day(std::string_view text) { return *Day::parse(text); }

TEST(Schedule, TheDaysOfAnAmountSumToItExactly) {
  Schedule schedule;
  schedule.spread(decimal("100"), day("2026-01-31"), day("2027-01-31"));
  EXPECT_EQ(schedule.total(), decimal("100"));
  Decimal by_month;
  for (Month month = *Month::parse("2026-01"); month <= *Month::parse("2027-01"); month = month.plus_months(1)) {
    by_month += schedule.between(month.first_day(), month.plus_months(1).first_day());
  }
  EXPECT_EQ(by_month, decimal("100"));
  EXPECT_EQ(schedule.on(day("2026-01-30")), Decimal());
  EXPECT_EQ(schedule.on(day("2027-01-31")), Decimal());
  EXPECT_LE((schedule.on(day("2026-01-31")) - schedule.on(day("2027-01-30"))).units(), 1);
}

TEST(Schedule, WhatIsGivenBackLowersTheDaysThatAreLeft) {
  Schedule schedule;
  schedule.spread(decimal("40"), day("2026-10-01"), day("2026-10-11"));
  schedule.spread(decimal("-10"), day("2026-10-06"), day("2026-10-11"));
  EXPECT_EQ(schedule.on(day("2026-10-05")), decimal("4"));
  EXPECT_EQ(schedule.on(day("2026-10-06")), decimal("2"));
  EXPECT_EQ(schedule.total(), decimal("30"));
}

TEST(Schedule, EndsOnADayWithWhatIsLeft) {
  Schedule schedule;
  schedule.spread(decimal("40"), day("2026-10-01"), day("2026-10-11"));
  schedule.end_on(day("2026-10-06"), decimal("0.5"));
  EXPECT_EQ(schedule.on(day("2026-10-05")), decimal("4"));
  EXPECT_EQ(schedule.on(day("2026-10-06")), decimal("0.5"));
  EXPECT_EQ(schedule.total(), decimal("20.5"));
}

TEST(Schedule, ARateCountsUntilItChanges) {
  Schedule schedule;
  schedule.spread_until(decimal("365"), day("2026-01-01"), day("2027-01-01"), day("2026-01-11"));
  EXPECT_EQ(schedule.total(), decimal("10"));
}

}  // namespace
}  // namespace apportion
