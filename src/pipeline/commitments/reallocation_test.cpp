#include "pipeline/commitments/reallocation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "pipeline/commitments/commitments_test_support.h"

namespace apportion {
namespace {

using Moves = std::map<std::string, std::string>;

constexpr const char* kPlan =
    "/providers/microsoft.billingbenefits/savingsplanorders/aaaaaaaa-0000-4000-8000-000000000002/savingsplans/"
    "bbbbbbbb-0000-4000-8000-000000000002";

std::vector<TestCharge> a_month() {
  return {bought("2026-10-01", "300"), used("2026-10-01", "6", "a"), used("2026-10-02", "3", "b"),
          used("2026-10-02", "1", "buyer"), unused("2026-10-02", "5")};
}

TEST(Reallocation, NothingMovesWithoutAPolicyThatTakesTheCommitment) {
  Engine engine = engine_with(a_month());
  EXPECT_EQ(moves_of(engine, "    - commitments: {kind: savings plan}\n      unused: by_use\n"), Moves());
  EXPECT_EQ(moves_of(engine, "    - name: as it is\n"), Moves());
}

TEST(Reallocation, UnusedGoesToUsersByUse) {
  Engine engine = engine_with(a_month());
  EXPECT_EQ(moves_of(engine, "    - unused: by_use\n"), (Moves{{"a", "0/3"}, {"b", "0/1.5"}, {"buyer", "0/-4.5"}}));
}

TEST(Reallocation, UnusedGoesByKey) {
  Engine engine = engine_with(a_month());
  EXPECT_EQ(moves_of(engine, "    - unused: {key: {a: 80, c: 20}}\n"),
            (Moves{{"a", "0/4"}, {"c", "0/1"}, {"buyer", "0/-5"}}));
}

TEST(Reallocation, UnusedGoesToThoseWhoUsedLessThanTheirShareOfTheDay) {
  Engine engine = engine_with(a_month());
  // Of the 9 of that day, a has 4.5 and used nothing, b has 2.7 and used 3, c has 1.8 and used nothing: 5 by 4.5
  // to 1.8.
  const Moves moves = moves_of(engine, "    - unused: shares\n      shares: {a: 50, b: 30, c: 20}\n");
  EXPECT_EQ(moves.at("a"), "0/3.571428571428571429");
  EXPECT_EQ(moves.at("c"), "0/1.428571428571428571");
  EXPECT_EQ(moves.at("buyer"), "0/-5");
  EXPECT_FALSE(moves.contains("b"));
}

TEST(Reallocation, BilledCostFollowsTheUse) {
  Engine engine = engine_with(a_month());
  EXPECT_EQ(moves_of(engine, "    - used: in_proportion\n"), (Moves{{"a", "6/0"}, {"b", "3/0"}, {"buyer", "-9/0"}}));
  EXPECT_EQ(moves_of(engine, "    - used: in_proportion\n      unused: by_use\n"),
            (Moves{{"a", "9/3"}, {"b", "4.5/1.5"}, {"buyer", "-13.5/-4.5"}}));
}

TEST(Reallocation, TheBuyerMayBearTheUse) {
  Engine engine = engine_with(a_month());
  EXPECT_EQ(moves_of(engine, "    - used: buyer\n"), (Moves{{"a", "0/-6"}, {"b", "0/-3"}, {"buyer", "0/9"}}));
  EXPECT_EQ(moves_of(engine, "    - used: buyer\n      buyer: b\n"),
            (Moves{{"a", "0/-6"}, {"b", "0/7"}, {"buyer", "0/-1"}}));
}

TEST(Reallocation, WithoutABuyerInTheMonthUseDoesNotMoveAndANoteSaysSo) {
  Engine engine = engine_with({used("2026-10-01", "6", "a")});
  const Moves moves = moves_of(engine, "    - name: pool\n      used: in_proportion\n");
  ASSERT_EQ(moves.size(), 1U);
  EXPECT_THAT(moves.at("note"), testing::HasSubstr("name the buyer in the policy `pool`"));
  EXPECT_THAT(moves.at("note"), testing::StartsWith(std::string("pool (") + kTestReservationKey + "): "));
  EXPECT_EQ(moves_of(engine, "    - used: in_proportion\n      buyer: z\n"), (Moves{{"a", "6/0"}, {"z", "-6/0"}}));
}

TEST(Reallocation, OtherMonthsTellTheBuyerThatTheMonthDoesNot) {
  const std::vector<TestCharge> september{bought("2026-09-01", "300"), used("2026-09-01", "1", "a")};
  Engine all = engine_with(september);
  const std::vector<Customer> customers{{CustomerId("buyer"), "Buyer", "", {}}};
  const std::vector<CoveredMonth> months{{"acme", *Month::parse("2026-09")}};
  const auto buyers = read_buyers(all, customers, months, *Day::parse("2026-11-25"));
  ASSERT_TRUE(buyers) << buyers.error().message();
  EXPECT_EQ(*buyers, (Buyers{{kTestReservationKey, "buyer"}}));

  Engine october = engine_with({used("2026-10-01", "6", "a")});
  const auto file =
      parse_policy_file("- effective: 2026-01\n  policies: [{name: pool, used: in_proportion}]", "policies.yaml");
  ASSERT_TRUE(file);
  const auto moved = reallocate(october, {&file->lists[0], 5, {}, [&]() -> Result<Buyers> { return *buyers; }});
  ASSERT_TRUE(moved) << moved.error().message();
  ASSERT_EQ(moved->totals.size(), 2U);
  EXPECT_EQ(moved->totals[0].customer + " " + moved->totals[0].billed.to_string(), "a 6");
  EXPECT_EQ(moved->totals[1].customer + " " + moved->totals[1].billed.to_string(), "buyer -6");
  EXPECT_THAT(moved->notes, testing::IsEmpty());

  TestCharge of_nobody = unused("2026-10-01", "1");
  of_nobody.customer = "unassigned";
  Engine unowned = engine_with({used("2026-10-01", "6", "a"), of_nobody});
  const auto found = reallocate(unowned, {&file->lists[0], 5, {}, [&]() -> Result<Buyers> { return *buyers; }});
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->totals.size(), 2U);
  EXPECT_EQ(found->totals[1].customer + " " + found->totals[1].billed.to_string(), "buyer -6");
}

TEST(Reallocation, TheMonthItselfIsAskedFirst) {
  Engine engine = engine_with(a_month());
  const auto file =
      parse_policy_file("- effective: 2026-01\n  policies: [{name: pool, used: in_proportion}]", "policies.yaml");
  ASSERT_TRUE(file);
  const KnownBuyers never = []() -> Result<Buyers> {
    ADD_FAILURE() << "the month tells its buyer";
    return Buyers();
  };
  EXPECT_TRUE(reallocate(engine, {&file->lists[0], 5, {}, never}));
}

TEST(Reallocation, UnusedQuantityGoesWithTheUnusedCost) {
  Engine engine = engine_with(a_month());
  const TestFolder folder;
  const auto file =
      parse_policy_file("- effective: 2026-01\n  policies: [{name: pool, unused: {key: {a: 75, c: 25}}}]", "p");
  ASSERT_TRUE(file);
  const auto moved = reallocate(engine, {&file->lists[0], 5, folder.path(), {}});
  ASSERT_TRUE(moved) << moved.error().message();
  const std::vector<std::filesystem::path> paths{moved->files.at(0).path};
  ASSERT_TRUE(engine.view_over_parquet("written", paths, ""));
  std::map<std::string, std::string> quantities;
  ASSERT_TRUE(engine.query("SELECT CustomerId, sum(PricingQuantity) FROM written GROUP BY CustomerId", {},
                           [&](const EngineRow& row) {
                             quantities[std::string(row.text(0))] = row.decimal(1).to_string();
                             return ok();
                           }));
  EXPECT_EQ(quantities, (std::map<std::string, std::string>{{"a", "18"}, {"c", "6"}, {"buyer", "-24"}}));

  // What is unknown of the charge is unknown of its moves: they make no sum known.
  ASSERT_TRUE(engine.execute("INSERT INTO move_assignments SELECT * FROM written"));
  std::string known;
  ASSERT_TRUE(
      engine.query("SELECT count(EffectiveCost), count(ListCost), count(ConsumedQuantity) FROM assigned_charges "
                   "WHERE x_AssignmentKind = 'move'",
                   {}, [&](const EngineRow& row) {
                     known = fmt::format("{} {} {}", row.integer(0), row.integer(1), row.integer(2));
                     return ok();
                   }));
  EXPECT_EQ(known, "3 0 0");
}

TEST(Reallocation, WhatNobodyUsedStays) {
  Engine engine = engine_with({unused("2026-10-01", "6")});
  const Moves moves = moves_of(engine, "    - unused: by_use\n");
  ASSERT_EQ(moves.size(), 1U);
  EXPECT_THAT(moves.at("note"), testing::HasSubstr("nobody used it"));
}

TEST(Reallocation, TheFirstPolicyThatTakesACommitmentWins) {
  Engine engine = engine_with({used("2026-10-01", "1", "a"), unused("2026-10-01", "6"),
                               used("2026-10-01", "1", "b", kPlan), unused("2026-10-01", "8", kPlan)});
  EXPECT_EQ(moves_of(engine,
                     "    - commitments: {kind: savings plan, name_starts_with: POO, buyer: buyer}\n"
                     "      unused: {key: {c: 100}}\n"
                     "    - unused: by_use\n"),
            (Moves{{"a", "0/6"}, {"c", "0/8"}, {"buyer", "0/-14"}}));
  EXPECT_EQ(moves_of(engine, std::string("    - commitments: [") + kTestReservationKey + "]\n      unused: by_use\n"),
            (Moves{{"a", "0/6"}, {"buyer", "0/-6"}}));
}

TEST(Reallocation, AGroupCountsTheUseOfItsCommitmentsTogether) {
  Engine engine = engine_with({used("2026-10-01", "1", "a"), unused("2026-10-01", "6"),
                               used("2026-10-01", "1", "b", kPlan), unused("2026-10-01", "8", kPlan)});
  EXPECT_EQ(moves_of(engine, "    - unused: by_use\n      by: group\n"),
            (Moves{{"a", "0/7"}, {"b", "0/7"}, {"buyer", "0/-14"}}));
}

TEST(Reallocation, UseInSeveralCurrenciesIsComparedInThePricingCurrency) {
  const TestCharge dollars =
      with(used("2026-10-01", "10", "a"),
           {{"BillingCurrency", "USD"}, {"PricingCurrency", "USD"}, {"x_CostInPricingCurrency", "10"}});
  const TestCharge euros =
      with(used("2026-10-01", "27", "b"), {{"PricingCurrency", "USD"}, {"x_CostInPricingCurrency", "30"}});
  const TestCharge waste = with(unused("2026-10-01", "8"), {{"PricingCurrency", "USD"}});
  Engine engine = engine_with({dollars, euros, waste});
  EXPECT_EQ(moves_of(engine, "    - unused: by_use\n"), (Moves{{"a", "0/2"}, {"b", "0/6"}, {"buyer", "0/-8"}}));

  TestCharge without_price = dollars;
  without_price.columns.erase("x_CostInPricingCurrency");
  Engine unknown = engine_with({without_price, euros, waste});
  EXPECT_THAT(moves_of(unknown, "    - unused: by_use\n").at("note"), testing::HasSubstr("several currencies"));
}

TEST(Reallocation, ASharedChargeMovesShareByShare) {
  TestCharge shared = used("2026-10-01", "10", "");
  shared.shares = {{"a", "4"}, {"b", "6"}};
  TestCharge waste = unused("2026-10-01", "5");
  waste.shares = {{"buyer", "4"}, {"a", "1"}};
  Engine engine = engine_with({shared, waste});
  EXPECT_EQ(moves_of(engine, "    - unused: by_use\n"), (Moves{{"a", "0/1"}, {"b", "0/3"}, {"buyer", "0/-4"}}));
}

TEST(Reallocation, WritesMovesThatSumToZeroForEachCharge) {
  Engine engine = engine_with(a_month());
  const TestFolder folder;
  const auto file =
      parse_policy_file("- effective: 2026-01\n  policies: [{name: pool, used: in_proportion, unused: by_use}]", "p");
  ASSERT_TRUE(file);
  const auto moved = reallocate(engine, {&file->lists[0], 5, folder.path(), {}});
  ASSERT_TRUE(moved) << moved.error().message();
  EXPECT_THAT(moved->rule_names, testing::ElementsAre("commitment policy pool"));
  ASSERT_EQ(moved->files.size(), 1U);
  const std::vector<std::filesystem::path> paths{moved->files[0].path};
  ASSERT_TRUE(engine.view_over_parquet("written", paths, ""));
  std::int64_t charges = 0;
  ASSERT_TRUE(engine.query(
      "SELECT x_RowId, sum(BilledCost), sum(EffectiveCost), min(x_RuleNumber) FROM written GROUP BY x_RowId", {},
      [&](const EngineRow& row) {
        ++charges;
        EXPECT_TRUE(row.decimal(1).is_zero());
        EXPECT_TRUE(row.decimal(2).is_zero());
        EXPECT_EQ(row.integer(3), 5);
        return ok();
      }));
  EXPECT_EQ(charges, 3);  // used by a, used by b, unused
}

}  // namespace
}  // namespace apportion
