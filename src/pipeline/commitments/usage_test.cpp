#include "pipeline/commitments/usage.h"

#include <gtest/gtest.h>

#include "pipeline/commitments/amortisation.h"
#include "pipeline/commitments/commitments_test_support.h"

namespace apportion {
namespace {

std::string text(const std::optional<Decimal>& value) { return value ? value->to_string() : "?"; }

std::map<UseKey, UseSums> use_of(Engine& engine, const UseGrain& grain, const std::string& customer = "") {
  const auto data = data_of(engine);
  auto use = read_use(engine, data.keys, {grain, customer});
  EXPECT_TRUE(use) << use.error().message();
  return std::move(use).value();
}

TEST(Use, IsCountedByCostAndQuantity) {
  Engine engine = engine_with({used("2026-10-01", "3", "a"), used("2026-10-02", "3", "b"), unused("2026-10-02", "2")});
  const auto use = use_of(engine, {});
  ASSERT_EQ(use.size(), 1U);
  const auto& [key, sums] = *use.begin();
  EXPECT_EQ(key.commitment, kTestReservationKey);
  EXPECT_EQ(key.month, "2026-10");
  EXPECT_EQ(text(sums.utilisation()), "75");
  EXPECT_EQ(text(sums.quantity_utilisation()), "66.666667");
  EXPECT_EQ(use_of(engine, {true, true, false, true, true}).size(), 3U);
  EXPECT_EQ(use_of(engine, {}, "b").begin()->second.used_cost.to_string(), "3");
}

TEST(Use, AnUnknownListCostIsUnknownAndNeverZero) {
  const TestCharge known = with(used("2026-10-01", "6", "a"), {{"ListCost", "10"}});
  const TestCharge zero = with(used("2026-10-01", "5", "a"), {{"ListCost", "0"}});
  const TestCharge mended =
      with(used("2026-10-01", "7", "a"),
           {{"ListCost", "7"},
            {"x_SourceChanges", "ListCost 0 -> ContractedCost: Microsoft leaves it out for reservations"}});
  Engine engine = engine_with({known, zero, mended, used("2026-10-01", "8", "a"), unused("2026-10-01", "1")});
  const UseSums sums = use_of(engine, {}).begin()->second;
  EXPECT_EQ(sums.used_rows, 4);
  EXPECT_EQ(sums.rows_without_list, 3);
  EXPECT_EQ(text(sums.saving()), "4");
  EXPECT_EQ(text(sums.saving_percent()), "40");
  EXPECT_EQ(text(sums.net_saving()), "3");
  EXPECT_EQ(text(sums.effective_savings_rate()), "30");
  Engine unknown = engine_with({zero});
  EXPECT_EQ(text(use_of(unknown, {}).begin()->second.saving()), "?");
}

TEST(Use, AListCostOfAPriceSheetIsKnownWhateverStoodInForItBefore) {
  const TestCharge priced =
      with(used("2026-10-01", "7", "a"),
           {{"ListCost", "10"},
            {"x_SourceChanges",
             "ListCost 0 -> ContractedCost: Microsoft leaves it out for reservations; ListCost 7 -> market price 5 EUR "
             "of price sheet import 4, part.csv, line 2 x pricing quantity"}});
  Engine engine = engine_with({priced});
  const UseSums sums = use_of(engine, {}).begin()->second;
  EXPECT_EQ(sums.rows_without_list, 0);
  EXPECT_EQ(text(sums.saving()), "3");
}

TEST(Use, ASharedChargeIsUsedByEachOfItsCustomers) {
  TestCharge shared = used("2026-10-01", "3", "");
  shared.shares = {{"a", "1"}, {"b", "2"}};
  Engine engine = engine_with({shared});
  const auto use = use_of(engine, {true, true, false, true, false});
  ASSERT_EQ(use.size(), 2U);
  EXPECT_EQ(use.begin()->second.used_cost.to_string(), "1");
  EXPECT_EQ(use_of(engine, {}).begin()->second.used_cost.to_string(), "3");
}

TEST(Use, WhoUsedNothingSavedNothingAndLostWhatWasUnused) {
  const TestCharge known = with(used("2026-10-01", "6", "a"), {{"ListCost", "10"}});
  Engine engine = engine_with({known, unused("2026-10-01", "4")});
  const auto use = use_of(engine, {true, true, false, true, false});
  ASSERT_EQ(use.size(), 2U);
  const UseSums& holder = use.rbegin()->second;
  EXPECT_EQ(text(holder.saving()), "0");
  EXPECT_EQ(text(holder.net_saving()), "-4");
  EXPECT_EQ(text(holder.saving_percent()), "?");
  EXPECT_EQ(text(use.begin()->second.net_saving()), "4");
}

TEST(Use, IsUnknownWithoutAnAmortizedRun) {
  TestCharge unknown = with(used("2026-09-01", "0", "a"), {{"ListCost", "10"}});
  unknown.columns.erase("EffectiveCost");
  Engine engine = engine_with({with(used("2026-10-01", "6", "a"), {{"ListCost", "10"}}), unknown});
  ASSERT_TRUE(engine.execute("UPDATE charges SET EffectiveCost = NULL WHERE x_BillMonth = '2026-09'"));
  const UseSums sums = use_of(engine, {true, false, false, false, false}).begin()->second;
  EXPECT_FALSE(sums.has_cost());
  EXPECT_EQ(text(sums.utilisation()), "?");
  EXPECT_EQ(text(sums.quantity_utilisation()), "?");
  EXPECT_EQ(text(sums.saving()), "?");
  EXPECT_EQ(text(sums.net_saving()), "?");
  EXPECT_EQ(text(use_of(engine, {}).rbegin()->second.saving()), "4") << "October alone is known";
  const auto whole = read_whole_use(engine, data_of(engine).keys, {true, false, false, false, false});
  ASSERT_TRUE(whole);
  EXPECT_EQ(text(whole->begin()->second.utilisation(CommitmentKind::kReservation)), "?");
  const auto months = read_amortisation(engine, data_of(engine));
  ASSERT_TRUE(months);
  ASSERT_EQ(months->size(), 2U);
  EXPECT_EQ(text((*months)[0].amortised()), "?");
  EXPECT_EQ(text((*months)[1].amortised()), "6");
}

TEST(Use, OfAPlanIsMeasuredInItsPricesWhateverItIsBilledIn) {
  const std::string plan = "/providers/microsoft.billingbenefits/savingsplanorders/o/savingsplans/s";
  TestCharge shared = used("2026-10-01", "20", "", plan);
  shared.shares = {{"b", "5"}, {"c", "15"}};
  Engine engine = engine_with({used("2026-10-01", "60", "a", plan),
                               with(shared, {{"BillingCurrency", "USD"}, {"x_CostInPricingCurrency", "18"}})});
  const auto own = read_own_use(engine, data_of(engine).keys, {{true, true, false, true, false}, ""});
  ASSERT_TRUE(own) << own.error().message();
  std::map<std::string, std::string> pricing;
  for (const auto& [key, of] : *own) pricing[key.customer + " " + key.currency] = of.pricing.to_string();
  EXPECT_EQ(pricing, (std::map<std::string, std::string>{{"a EUR", "60"}, {"b USD", "4.5"}, {"c USD", "13.5"}}));
}

TEST(Use, ATimingRowIsNoUse) {
  const TestCharge timing =
      with(used("2026-10-01", "0", "a"), {{"BilledCost", "-2"}, {"x_CostInPricingCurrency", "-2"}});
  Engine engine = engine_with({used("2026-10-01", "2", "a"), timing});
  const auto months = read_amortisation(engine, data_of(engine));
  ASSERT_TRUE(months);
  ASSERT_EQ(months->size(), 1U);
  EXPECT_EQ(text((*months)[0].amortised()), "2");
}

TEST(Coverage, OfEachCommitmentIsThatOfItsOwnMeters) {
  const std::string other = "/providers/microsoft.capacity/reservationorders/o/reservations/other";
  const auto metered = [](TestCharge charge, const std::string& meter) {
    return with(std::move(charge), {{"x_SkuMeterId", meter}});
  };
  TestCharge uncovered = metered(used("2026-10-01", "9", "a"), "M1");
  uncovered.columns.erase("CommitmentDiscountStatus");
  uncovered.columns.erase("CommitmentDiscountId");
  Engine engine =
      engine_with({metered(used("2026-10-01", "3", "a"), "m1"), metered(used("2026-10-01", "4", "a", other), "m1"),
                   metered(used("2026-10-01", "5", "a", other), "m2"), uncovered});
  const auto data = data_of(engine);
  const auto coverage = read_coverage(engine, data.keys, {{true, false, false, true, false}, ""});
  ASSERT_TRUE(coverage) << coverage.error().message();
  std::map<std::string, std::string> found;
  for (const auto& [key, of] : *coverage) {
    found[key.commitment] = of.covered_quantity.to_string() + " of " + of.quantity.to_string() + ", " +
                            text(of.covered_cost) + " and " + text(of.uncovered_cost);
  }
  EXPECT_EQ(found, (std::map<std::string, std::string>{{kTestReservationKey, "24 of 72, 3 and 9"},
                                                       {"other", "48 of 96, 9 and 9"}}));
}

TEST(Coverage, ComparesWithUseOfTheSameMeters) {
  const auto metered = [](TestCharge charge, const std::string& meter) {
    return with(std::move(charge), {{"x_SkuMeterId", meter}});
  };
  TestCharge uncovered = metered(used("2026-10-01", "9", "a"), "M1");
  uncovered.columns.erase("CommitmentDiscountStatus");
  uncovered.columns.erase("CommitmentDiscountId");
  TestCharge other = metered(uncovered, "m2");
  Engine engine = engine_with({metered(used("2026-10-01", "3", "a"), "m1"), uncovered, uncovered, other});
  const auto coverage = read_coverage(engine, data_of(engine).keys, {{false, true, false, true, false}, ""});
  ASSERT_TRUE(coverage) << coverage.error().message();
  ASSERT_EQ(coverage->size(), 1U);
  EXPECT_EQ(text(coverage->begin()->second.percent()), "33.333333");
  EXPECT_EQ(text(coverage->begin()->second.uncovered_cost), "18");
}

}  // namespace
}  // namespace apportion
