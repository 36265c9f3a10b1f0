#include "pipeline/publication/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A run of October with charges on its first `days` days.
Import run(Dataset dataset, std::int64_t rows, std::string_view cost, int days) {
  Import import;
  import.id = ImportId(1);
  import.dataset = dataset;
  import.month = *Month::parse("2026-10");
  import.rows_source = rows;
  const Decimal sum = Decimal::parse(cost).value;
  const bool is_actual = dataset == Dataset::kActualCost;
  import.totals = {
      { *Currency::parse("EUR"),
        "Usage",
        rows,
        is_actual ? sum : Decimal(),
        is_actual ? Decimal() : sum,
        Decimal() }};
  MonthDays with_charges;
  for (int day = 1; day <= days; ++day) with_charges.add(day);
  import.charge_days = with_charges;
  return import;
}

LiveImports runs(std::int64_t rows, std::string_view cost = "100", int days = 31) {
  return {run(Dataset::kActualCost, rows, cost, days), run(Dataset::kAmortizedCost, rows, cost, days), std::nullopt};
}

TEST(Losses, AsMuchOrMoreIsNone) {
  EXPECT_THAT(loss_of({runs(1000)}, runs(1000), 0), IsEmpty());
  EXPECT_THAT(loss_of({runs(1000, "100", 20)}, runs(1001, "100.5", 21), 0), IsEmpty());
}

TEST(Losses, RowsAndCostsFallAsFarAsThePercentageAllows) {
  EXPECT_THAT(loss_of({runs(1000)}, runs(950), 5), IsEmpty());
  EXPECT_EQ(loss_of({runs(1000)}, runs(949), 5), "the ActualCost run has 949 rows; the one in force has 1000");
  EXPECT_THAT(loss_of({runs(1000)}, runs(1000, "95"), 5), IsEmpty());
  EXPECT_EQ(loss_of({runs(1000)}, runs(1000, "94.99"), 5),
            "the billed cost of the newer runs is 94.99 EUR; of those in force, it is 100 EUR");
  LiveImports newer = runs(1000);
  newer.amortized = run(Dataset::kAmortizedCost, 1000, "94.99", 31);
  EXPECT_THAT(loss_of({runs(1000)}, newer, 5), HasSubstr("the effective cost"));
}

TEST(Losses, SmallOnesAddUp) {
  const EarlierRuns earlier{runs(960, "96"), {runs(980, "98"), runs(1000, "100")}};
  EXPECT_THAT(loss_of(earlier, runs(951, "96"), 5), IsEmpty());
  EXPECT_EQ(loss_of(earlier, runs(949, "96"), 5),
            "the ActualCost run has 949 rows; the one in force has 960; an earlier one had 1000");
  EXPECT_EQ(loss_of(earlier, runs(960, "94.9"), 5),
            "the billed cost of the newer runs is 94.9 EUR; of those in force, it is 96 EUR; an earlier one had 100");
}

TEST(Losses, WhatIsNoWorseThanWhatIsInForceIsNone) {
  const EarlierRuns earlier{runs(500, "50", 20), {runs(1000)}};
  EXPECT_THAT(loss_of(earlier, runs(500, "50", 20), 5), IsEmpty());
}

TEST(Losses, ADayThatIsGoneIsOne) {
  EXPECT_EQ(loss_of({runs(1000)}, runs(1000, "100", 30), 5),
            "the ActualCost run has no charges of 2026-10-31; the one in force has some");
  EXPECT_THAT(loss_of({runs(1000)}, runs(1000, "100", 20), 5),
              HasSubstr("2026-10-21, 2026-10-22, 2026-10-23, 2026-10-24, 2026-10-25 and 6 more days"));
  EXPECT_THAT(loss_of({runs(1000)}, runs(1000, "100", 20), 100), IsEmpty());
}

TEST(Losses, ADayThatIsGoneIsOneAlsoWhenOthersCame) {
  LiveImports newer = runs(1000, "100", 21);
  newer.amortized->charge_days = MonthDays::from_bits(newer.amortized->charge_days->bits() & ~(1U << 9));
  EXPECT_EQ(loss_of({runs(1000, "100", 20)}, newer, 5),
            "the AmortizedCost run has no charges of 2026-10-10; the one in force has some");
}

TEST(Losses, DaysThatNobodyNotedAreNone) {
  LiveImports before = runs(1000);
  before.actual->charge_days.reset();
  before.amortized->charge_days.reset();
  EXPECT_THAT(loss_of({before}, runs(1000, "100", 3), 5), IsEmpty());
}

TEST(Losses, NothingIsOneAtAHundredPercent) {
  EXPECT_THAT(loss_of({runs(1000)}, runs(1, "0", 1), 100), IsEmpty());
  EXPECT_THAT(loss_of({runs(1000)}, runs(1, "0", 1), 99), Not(IsEmpty()));
}

TEST(Losses, EffectiveCostsThatNobodyKnowsAreNotCompared) {
  LiveImports newer = runs(1000);
  newer.amortized.reset();
  EXPECT_THAT(loss_of({runs(1000)}, newer, 0), IsEmpty());
}

}  // namespace
}  // namespace apportion
