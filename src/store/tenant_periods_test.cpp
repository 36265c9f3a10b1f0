#include "store/tenant_periods.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

Day day(const char* text) { return *Day::parse(text); }

TEST(TenantPeriods, EndWhereTheNextBegins) {
  const std::vector<Customer> customers{
      {CustomerId("a"), "A", "", {"t1", "t2"}, {{"t1", day("2026-07-01")}}},
      {CustomerId("b"), "B", "", {}, {{"t1", day("2026-05-11")}, {"t3", day("2026-01-01")}}},
      {CustomerId("c"), "C", "", {}, {}},
  };
  const auto held = held_tenants(customers);
  ASSERT_EQ(held.size(), 3U);
  EXPECT_EQ(held[0].always, std::vector<std::string>{"t2"});
  EXPECT_EQ(held[0].periods, (std::vector<TenantPeriod>{{"t1", std::nullopt, day("2026-05-10")},
                                                        {"t1", day("2026-07-01"), std::nullopt}}));
  EXPECT_TRUE(held[1].always.empty());
  EXPECT_EQ(held[1].periods, (std::vector<TenantPeriod>{{"t1", day("2026-05-11"), day("2026-06-30")},
                                                        {"t3", day("2026-01-01"), std::nullopt}}));
  EXPECT_TRUE(held[2].always.empty() && held[2].periods.empty());
  EXPECT_EQ(to_text(customers[0].dated_tenants[0]), "t1@2026-07-01");
}

TEST(TenantPeriods, EndWhereTheCustomerRetires) {
  std::vector<Customer> customers{
      {CustomerId("a"), "A", "", {"t1"}, {{"t2", day("2026-05-01")}, {"t3", day("2026-08-01")}}},
      {CustomerId("b"), "B", "", {}, {{"t2", day("2026-06-01")}}},
  };
  customers[0].retired_from = day("2026-07-01");
  const auto held = held_tenants(customers);
  EXPECT_TRUE(held[0].always.empty());
  EXPECT_EQ(held[0].periods, (std::vector<TenantPeriod>{{"t2", day("2026-05-01"), day("2026-05-31")},
                                                        {"t1", std::nullopt, day("2026-06-30")}}));
  EXPECT_EQ(held[1].periods, (std::vector<TenantPeriod>{{"t2", day("2026-06-01"), std::nullopt}}));
}

}  // namespace
}  // namespace apportion
