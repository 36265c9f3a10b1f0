#include "pipeline/commitments/usage.h"

#include <gtest/gtest.h>

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

TEST(Use, ASharedChargeIsUsedByEachOfItsCustomers) {
  TestCharge shared = used("2026-10-01", "3", "");
  shared.shares = {{"a", "1"}, {"b", "2"}};
  Engine engine = engine_with({shared});
  const auto use = use_of(engine, {true, true, false, true, false});
  ASSERT_EQ(use.size(), 2U);
  EXPECT_EQ(use.begin()->second.used_cost.to_string(), "1");
  EXPECT_EQ(use_of(engine, {}).begin()->second.used_cost.to_string(), "3");
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
  const auto coverage = read_coverage(engine, {{false, true, false, true, false}, ""});
  ASSERT_TRUE(coverage) << coverage.error().message();
  ASSERT_EQ(coverage->size(), 1U);
  EXPECT_EQ(text(coverage->begin()->second.percent()), "33.333333");
  EXPECT_EQ(coverage->begin()->second.uncovered_cost.to_string(), "18");
}

}  // namespace
}  // namespace apportion
