#include "query/amount_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

const Month kOctober = *Month::parse("2026-10");

AssignedPart part(const std::string& customer, const std::string& rule, const std::string& tenant,
                  std::string_view billed, const std::string& currency = "EUR") {
  return {customer, currency, rule, tenant, "Tenant " + tenant, 1, {test_decimal(billed), test_decimal(billed)}};
}

std::vector<std::string> customers_of(const std::vector<CustomerChange>& changes) {
  std::vector<std::string> names;
  for (const CustomerChange& change : changes) names.push_back(change.currency + " " + change.customer);
  return names;
}

TEST(AmountChanges, OnlyWhatDiffersIsAChange) {
  AmountChanges changes;
  changes.add_month("acme", kOctober, {part("a", "", "t1", "5"), part("b", "", "t2", "7")},
                    {part("a", "x", "t1", "3"), part("a", "y", "t3", "2"), part("b", "x", "t2", "8")}, false);
  ASSERT_THAT(changes.customers, SizeIs(1));
  EXPECT_EQ(changes.customers[0].customer, "b");
  EXPECT_EQ(changes.customers[0].before.billed, test_decimal("7"));
  EXPECT_EQ(changes.customers[0].after.billed, test_decimal("8"));
  EXPECT_EQ(changes.months, 1);
}

TEST(AmountChanges, TheLargestComeFirstByCurrencyAndUnassignedLast) {
  AmountChanges changes;
  changes.add_month("acme", kOctober,
                    {part("small", "", "t", "1"), part("large", "", "t", "9"), part("unassigned", "", "t", "100"),
                     part("yen", "", "t", "1000", "JPY")},
                    {part("small", "", "t", "2"), part("large", "", "t", "2")}, false);
  EXPECT_THAT(customers_of(changes_by_customer(changes)),
              ElementsAre("EUR large", "EUR small", "EUR unassigned", "JPY yen"));
}

TEST(AmountChanges, MonthsOfACustomerAddUp) {
  AmountChanges changes;
  changes.add_month("acme", kOctober, {part("a", "", "t", "1")}, {part("a", "", "t", "2")}, false);
  changes.add_month("acme", *Month::parse("2026-11"), {part("a", "", "t", "10")}, {part("a", "r", "t", "50")}, false);
  changes.add_month("other", kOctober, {part("a", "", "t", "7")}, {part("a", "", "t", "7")}, false);
  const auto all = changes_by_customer(changes);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].months, 2);
  EXPECT_EQ(all[0].before.billed, test_decimal("11"));
  EXPECT_EQ(all[0].after.billed, test_decimal("52"));
  EXPECT_EQ(all[0].reason.rule, "r");  // of the month that changes most
}

TEST(AmountChanges, TheReasonIsTheRuleThatTookTheTenant) {
  AmountChanges changes;
  changes.add_month("acme", kOctober, {part("loser", "", "t1", "5"), part("loser", "", "t2", "1")},
                    {part("loser", "", "t2", "1"), part("winner", "firewall", "t1", "5")}, false);
  ASSERT_THAT(changes.customers, SizeIs(2));
  for (const AmountChange& change : changes.customers) {
    EXPECT_EQ(change.reason.rule, "firewall") << change.customer;
    EXPECT_EQ(change.reason.tenant_id, "t1") << change.customer;
    EXPECT_EQ(change.reason.tenant_name, "Tenant t1") << change.customer;
  }
}

TEST(AmountChanges, OtherChargesAreTheirOwnReason) {
  AmountChanges changes;
  changes.add_month("acme", kOctober, {part("a", "r", "t", "5")}, {part("a", "r", "t", "6")}, true);
  EXPECT_TRUE(changes.customers.at(0).reason.by_charges);
}

TEST(AmountChanges, UnknownIsNeverZero) {
  AssignedPart before = part("a", "", "t", "5");
  before.costs.effective.reset();
  AssignedPart after = part("a", "", "t", "6");
  after.costs.effective.reset();
  AmountChanges changes;
  changes.add_month("acme", kOctober, {before}, {after}, false);
  changes.add_month("acme", *Month::parse("2026-11"), {part("a", "", "t", "1")}, {part("a", "", "t", "2")}, false);
  const auto all = changes_by_customer(changes);
  EXPECT_EQ(all.at(0).after.billed, test_decimal("8"));
  EXPECT_EQ(all.at(0).before.effective, std::nullopt);
  EXPECT_EQ((all.at(0).after - all.at(0).before).effective, std::nullopt);
}

TEST(AmountChanges, TenantsOfNobodyStandOnceWithWhatIsNew) {
  AmountChanges changes;
  changes.add_month("acme", kOctober, {part("unassigned", "", "old", "1"), part("unassigned", "", "gone", "1")},
                    {part("unassigned", "", "old", "1"), part("unassigned", "", "new", "3")}, false);
  changes.add_month("acme", *Month::parse("2026-11"), {}, {part("unassigned", "", "old", "1")}, false);
  const auto tenants = unassigned_tenants(changes);
  ASSERT_THAT(tenants, SizeIs(2));
  EXPECT_EQ(tenants[0].tenant_id, "new");
  EXPECT_TRUE(tenants[0].is_new);
  EXPECT_EQ(tenants[1].costs.billed, test_decimal("2"));
  EXPECT_FALSE(tenants[1].is_new);
}

TEST(AmountChanges, TheTenantsOfACustomerAreNoRule) {
  const std::vector<std::string> names = {"", "tenants of a", "tenants of b", "firewall"};
  EXPECT_EQ(told_rule(names, 0, "a"), "");
  EXPECT_EQ(told_rule(names, 1, "a"), "");
  EXPECT_EQ(told_rule(names, 2, "a"), "tenants of b");
  EXPECT_EQ(told_rule(names, 3, "a"), "firewall");
}

TEST(AmountChanges, PartsOfAMonthHaveRuleAndTenantAndWhatIsUnknown) {
  TestLake lake;
  lake.add_customers({"contoso"});
  const Import import = lake.add_import({.dataset = Dataset::kActualCost,
                                         .charges = {{{"BilledCost", "2"}, {"x_CustomerTenantId", "T1"}},
                                                     {{"BilledCost", "3"}, {"x_CustomerTenantId", "t1"}}}});
  const ChargeSet charges = lake.publish({import});
  lake.split(charges, {{TestLake::row_of(import, 0), "contoso", 1}, {TestLake::row_of(import, 1), "contoso", 1}});
  const auto months = published_months(lake.control_plane(), ReadScope::of_partner());
  ASSERT_TRUE(months);
  const auto parts = assigned_parts(lake.reader(), ReadScope::of_partner(), months->at(0));
  ASSERT_TRUE(parts) << parts.error().message();
  ASSERT_THAT(*parts, SizeIs(1));
  EXPECT_EQ(parts->at(0).rule, "first");
  EXPECT_EQ(parts->at(0).tenant_id, "t1");
  EXPECT_EQ(parts->at(0).costs.billed, test_decimal("5"));
  EXPECT_EQ(parts->at(0).costs.effective, std::nullopt);
}

}  // namespace
}  // namespace apportion
