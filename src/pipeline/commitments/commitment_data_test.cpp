#include "pipeline/commitments/commitment_data.h"

#include <gtest/gtest.h>

#include "pipeline/commitments/amortisation.h"
#include "pipeline/commitments/commitments_test_support.h"

namespace apportion {
namespace {

using enum CommitmentField;

std::string amortised(Engine& engine) {
  const auto data = data_of(engine);
  const auto months = read_amortisation(engine, data);
  EXPECT_TRUE(months) << months.error().message();
  std::string text;
  for (const AmortisedMonth& of : *months) {
    text += of.month.to_string() + " " + (of.amortised() ? of.amortised()->to_string() : "?") + " of " +
            (of.scheduled ? of.scheduled->to_string() : "?") + "\n";
  }
  return text;
}

TEST(CommitmentData, KnowsPurchaseExpiryAndBuyerOfAPaymentAtOnce) {
  Engine engine = engine_with({bought("2026-10-31", "365"), used("2026-10-31", "1", "a")});
  const auto data = data_of(engine);
  ASSERT_EQ(data.commitments.size(), 1U);
  const Commitment& one = data.commitments[0];
  EXPECT_EQ(one.key, kTestReservationKey);
  EXPECT_EQ(one.value(kPurchaseDay), "2026-10-31");
  EXPECT_EQ(one.value(kExpiryDay), "2027-10-31");
  EXPECT_EQ(one.value(kBuyer), "buyer");
  EXPECT_EQ(one.value(kBillingPlan), "upfront");
  EXPECT_EQ(one.value(kState), "active");
  EXPECT_EQ(one.value(kPrice), "365");
}

TEST(CommitmentData, DoesNotTakeTheFirstPaymentSeenForThePurchase) {
  // The month before August was not taken in.
  Engine unsure = engine_with({bought("2026-08-05", "30", "Recurring"), bought("2026-09-05", "30", "Recurring")});
  EXPECT_EQ(data_of(unsure).commitments[0].value(kPurchaseDay), "");
  EXPECT_EQ(data_of(unsure).commitments[0].value(kExpiryDay), "");
  // Used before the first payment that is seen.
  Engine older = engine_with({used("2026-09-01", "1", "a"), bought("2026-09-05", "30", "Recurring")});
  EXPECT_EQ(data_of(older).commitments[0].value(kPurchaseDay), "");
  Engine sure = engine_with({bought("2026-09-05", "30", "Recurring"), bought("2026-10-05", "30", "Recurring")});
  EXPECT_EQ(data_of(sure).commitments[0].value(kPurchaseDay), "2026-09-05");
}

TEST(CommitmentData, APurchaseWithoutIdBelongsToTheCommitmentOfItsOrder) {
  TestCharge purchase = bought("2026-10-05", "365");
  purchase.columns["CommitmentDiscountId"] =
      "/providers/Microsoft.Capacity/reservationOrders/AAAAAAAA-0000-4000-8000-000000000001/reservations/";
  Engine engine = engine_with({used("2026-10-05", "1", "a"), purchase});
  const auto data = data_of(engine);
  ASSERT_EQ(data.commitments.size(), 1U);
  EXPECT_EQ(data.cash[0].key, kTestReservationKey);
}

TEST(CommitmentData, WhatAzureSaysIsBelievedFirst) {
  Engine engine = engine_with({bought("2026-10-05", "365")});
  const auto data = data_of(engine, {{CommitmentSource::kAzure,
                                      kTestReservation,
                                      {{kExpiryDay, "2027-10-04"}, {kRenewal, "off"}, {kState, "Succeeded"}},
                                      std::nullopt}});
  EXPECT_EQ(data.commitments[0].value(kExpiryDay), "2027-10-04");
  EXPECT_EQ(data.commitments[0].fields.at(kExpiryDay).source, CommitmentSource::kAzure);
  EXPECT_EQ(data.commitments[0].value(kState), "Succeeded");
  EXPECT_EQ(data.commitments[0].value(kPurchaseDay), "2026-10-05");
}

TEST(Amortisation, APaymentAtOnceAndARefund) {
  std::vector<TestCharge> charges{bought("2026-10-30", "365"), bought("2026-11-03", "-361")};
  for (const char* day : {"2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"})
    charges.push_back(used(day, "1", "a"));
  Engine engine = engine_with(charges);
  EXPECT_EQ(amortised(engine), "2026-10 2 of 2\n2026-11 2 of 2\n");
}

// After it nothing is left to spread, whether its day is paid for, given back, or both in part.
TEST(Amortisation, AReturnInFullLeavesNoRest) {
  const auto returned = [](const std::string& refund, const std::string& last_day) {
    std::vector<TestCharge> charges{bought("2026-10-30", "365"), bought("2026-11-03", refund)};
    for (const char* day : {"2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"})
      charges.push_back(used(day, "1", "a"));
    if (!last_day.empty()) charges.push_back(used("2026-11-03", last_day, "a"));
    charges.push_back(with(bought("2026-12-01", "10", "One-Time", "/other"), {{"x_SkuTerm", "12"}}));
    Engine engine = engine_with(charges);
    const auto months = read_amortisation(engine, data_of(engine));
    EXPECT_TRUE(months) << months.error().message();
    std::string text;
    for (const AmortisedMonth& of : *months) {
      if (of.commitment != kTestReservationKey) continue;
      text += of.scheduled->to_string() + " " + of.difference()->to_string() + " " + of.unamortised->to_string() + "; ";
    }
    return text;
  };
  EXPECT_EQ(returned("-360", "1"), "2 0 363; 3 0 0; ");
  EXPECT_EQ(returned("-361", ""), "2 0 363; 2 0 0; ");
  EXPECT_EQ(returned("-360.5", "0.5"), "2 0 363; 2.5 0 0; ");
}

TEST(Amortisation, AReturnOfAPartLowersTheDaysThatAreLeft) {
  std::vector<TestCharge> charges{with(bought("2026-10-30", "730"), {{"PricingQuantity", "2"}}),
                                  bought("2026-11-03", "-361"), used("2026-10-30", "4", "a"),
                                  used("2026-11-03", "6", "a")};
  Engine by_quantity = engine_with(charges);
  EXPECT_EQ(amortised(by_quantity), "2026-10 4 of 4\n2026-11 6 of 32\n");
  charges[0] = bought("2026-10-30", "730");
  charges.push_back(used("2026-11-04", "1", "a"));
  Engine by_use = engine_with(charges);
  EXPECT_EQ(amortised(by_use), "2026-10 4 of 4\n2026-11 7 of 32\n");
}

TEST(Amortisation, MonthlyPaymentsAreATwelfthOfTheYear) {
  std::vector<TestCharge> charges{bought("2026-09-01", "36.5", "Recurring"), bought("2026-10-01", "73", "Recurring")};
  charges.push_back(used("2026-09-01", "36", "a"));
  charges.push_back(unused("2026-10-01", "74"));
  Engine engine = engine_with(charges);
  // 36.5 * 12 / 365 = 1.2 a day for 30 days, then 2.4 for 31.
  EXPECT_EQ(amortised(engine), "2026-09 36 of 36\n2026-10 74 of 74.4\n");
}

TEST(Amortisation, DaysAreThoseThatTheFilesHave) {
  // Three years with a leap day: 1,096 days of the calendar, where years of 365 days would make 1,095.
  TestCharge three_years = with(bought("2026-10-31", "1096"), {{"x_SkuTerm", "36"}});
  Engine calendar = engine_with({three_years, used("2026-10-31", "1", "a")});
  EXPECT_EQ(amortised(calendar), "2026-10 1 of 1\n");
  three_years = with(three_years, {{"BilledCost", "1095"}, {"x_CostInPricingCurrency", "1095"}});
  Engine years = engine_with({three_years, used("2026-10-31", "1", "a")});
  EXPECT_EQ(amortised(years), "2026-10 1 of 1\n");
  // A monthly payment that is spread over its own month.
  Engine monthly = engine_with({bought("2026-09-01", "60", "Recurring"), bought("2026-10-01", "62", "Recurring"),
                                used("2026-09-01", "60", "a"), used("2026-10-01", "62", "a")});
  EXPECT_EQ(amortised(monthly), "2026-09 60 of 60\n2026-10 62 of 62\n");
}

TEST(Amortisation, AMonthThatBeginsBeforeTheFirstPaymentHasNoSchedule) {
  Engine engine = engine_with({used("2026-10-01", "1", "a"), bought("2026-10-05", "30", "Recurring")});
  EXPECT_EQ(amortised(engine), "2026-10 1 of ?\n");
}

TEST(Amortisation, NothingIsScheduledForPaymentsByTheHour) {
  Engine engine = engine_with({bought("2026-10-01", "1", "Recurring"), bought("2026-10-01", "1", "Recurring")});
  EXPECT_EQ(amortised(engine), "2026-10 0 of ?\n");
}

TEST(CalendarMonths, EndWithTheMonth) {
  EXPECT_EQ(plus_calendar_months(*Day::parse("2027-02-28"), 12).to_string(), "2028-02-28");
  EXPECT_EQ(plus_calendar_months(*Day::parse("2026-08-31"), 1).to_string(), "2026-09-30");
  EXPECT_EQ(end_of_term(*Day::parse("2027-06-01"), 12, TermBasis::kYearsOf365).to_string(),
            "2028-05-31");  // 365 days, a leap day between
}

}  // namespace
}  // namespace apportion
