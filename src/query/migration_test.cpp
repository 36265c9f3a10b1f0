#include "query/migration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/invoices/bill_columns.h"
#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kContoso = "8d1f0f6e-0000-4000-8000-000000000001";
const std::string kFabrikam = "8d1f0f6e-0000-4000-8000-000000000002";

TestCharge charge(const std::string& tenant, const std::string& cost, const TestCharge& others = {}) {
  TestCharge charge = {{"BilledCost", cost},       {"BillingCurrency", "EUR"},         {"x_CustomerTenantId", tenant},
                       {"x_SubscriptionId", "s1"}, {"SubAccountName", "Production"},   {"SkuId", "DZH318Z0BQ350002"},
                       {"ServiceName", "Storage"}, {"ChargePeriodStart", "2026-10-05"}};
  for (const auto& [name, value] : others) charge[name] = value;
  return charge;
}

struct Assigned {
  TestCharge charge;
  std::string customer;
};

class MigrationTest : public ::testing::Test {
 protected:
  MigrationTest() {
    EXPECT_TRUE(lake_.control_plane().put_customers({{CustomerId("contoso"), "Contoso", "C-1", {kContoso}},
                                                     {CustomerId("fabrikam"), "Fabrikam", "", {kFabrikam}}}));
  }

  void take_in(const std::vector<Assigned>& rows, const std::string& month = "2026-10") {
    std::vector<TestCharge> charges;
    for (const Assigned& row : rows) charges.push_back(row.charge);
    const Import import = lake_.add_import({.dataset = Dataset::kActualCost, .charges = charges, .month = month});
    std::vector<TestAssignment> assignments;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      assignments.push_back({TestLake::row_of(import, static_cast<std::int64_t>(i)), rows[i].customer, 1});
    }
    lake_.split(lake_.publish({import}), assignments);
  }

  // Imports a bill with the columns `customer,month,currency,subscription,product,cost` and these lines.
  void bill(const std::vector<std::string>& lines, const std::string& more = "", const std::string& month = "2026-10") {
    std::string text = "customer,month,currency,subscription,product,cost\n";
    for (const std::string& line : lines) text += line + "\n";
    lake_.add_bill({.columns = "customer=customer,month=month,currency=currency,cost=cost,subscription=subscription,"
                               "product=product" +
                               more,
                    .text = text,
                    .month = month});
  }

  Result<Migration> ask(const MigrationRequest& request = {}, const ReadScope& scope = ReadScope::of_partner()) {
    return compare_with_legacy(lake_.reader(), scope, request);
  }

  // `CUSTOMER CLASS DIFFERENCE` of what is not equal.
  std::vector<std::string> found(const MigrationRequest& request = {}) {
    const auto migration = ask(request);
    if (!migration) return {migration.error().message()};
    std::vector<std::string> lines;
    for (const MigratedAmount& one : migration->amounts) {
      if (one.why == DifferenceClass::kEqual) continue;
      lines.push_back(fmt::format("{} {} {}", one.key.customer.empty() ? "?" + one.key.legacy_name : one.key.customer,
                                  difference_class_name(one.why), one.difference.to_string()));
    }
    return lines;
  }

  std::vector<std::string> verdicts(const MigrationRequest& request = {}) {
    const auto migration = ask(request);
    if (!migration) return {migration.error().message()};
    std::vector<std::string> lines;
    for (const MigratedCustomer& one : migration->customers) {
      lines.push_back(fmt::format("{} {} {} {} {}", one.name, one.currency, one.before.to_string(), one.now.to_string(),
                                  migration_verdict_name(one.verdict)));
    }
    return lines;
  }

  TestLake lake_;
};

TEST_F(MigrationTest, CustomersAreFoundByTenantIdExternalIdAndName) {
  take_in({{charge(kContoso, "6"), "contoso"}, {charge(kFabrikam, "4"), "fabrikam"}});
  bill({kContoso + ",2026-10,EUR,S1,DZH318Z0BQ35-0002,1", "CONTOSO,2026-10,EUR,s1,DZH318Z0BQ350002,2",
        "c-1,2026-10,EUR,s1,DZH318Z0BQ350002,3", "fabrikam,2026-10,EUR,s1,DZH318Z0BQ350002,4"});
  EXPECT_THAT(verdicts(), ElementsAre("Contoso EUR 6 6 equal", "Fabrikam EUR 4 4 equal"));
  EXPECT_TRUE(ask()->holds());
  EXPECT_THAT(verdicts({.customer = CustomerId("fabrikam")}), ElementsAre("Fabrikam EUR 4 4 equal"));
}

TEST_F(MigrationTest, WhatTheLegacyNeverShowedIsGained) {
  take_in(
      {{charge(kContoso, "6"), "contoso"},
       {charge(kContoso, "50", {{"SkuId", "RI"}, {"ChargeCategory", "Purchase"}, {"x_PricingModel", "Reservation"}}),
        "contoso"}});
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6"});
  EXPECT_THAT(found(), ElementsAre("contoso commitment 50"));
  EXPECT_THAT(verdicts(), ElementsAre("Contoso EUR 6 56 explained"));
  ASSERT_EQ(ask()->gains.size(), 1U);
  EXPECT_EQ(ask()->gains.front().bought.to_string(), "50");
  EXPECT_TRUE(ask()->holds());
}

TEST_F(MigrationTest, ARuleThatAssignsToAnotherCustomerExplainsBoth) {
  take_in({{charge(kContoso, "6"), "contoso"}, {charge(kContoso, "4"), "fabrikam"}});
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,10"});
  EXPECT_THAT(found(), ElementsAre("contoso split-rule -4", "fabrikam split-rule 4"));
  EXPECT_TRUE(ask()->holds());
}

TEST_F(MigrationTest, AnOldBillThatKnewTheRuleIsEqual) {
  take_in({{charge(kContoso, "6"), "contoso"}, {charge(kContoso, "4"), "fabrikam"}});
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6", "fabrikam,2026-10,EUR,s1,DZH318Z0BQ350002,4"});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(MigrationTest, FindsTheWrongCustomer) {
  take_in({{charge(kContoso, "6"), "contoso"}, {charge(kFabrikam, "4", {{"SkuId", "B"}}), "fabrikam"}});
  bill({"fabrikam,2026-10,EUR,s1,DZH318Z0BQ350002,6", "fabrikam,2026-10,EUR,s1,B,4"});
  EXPECT_THAT(found(), ElementsAre("contoso other-customer 6", "fabrikam other-customer -6"));
  EXPECT_FALSE(ask()->holds());
  EXPECT_EQ(ask()->amounts.front().other_customer, "fabrikam");
}

TEST_F(MigrationTest, FindsTheMissingCustomerAndTheOneThatIsNobody) {
  take_in({{charge(kContoso, "6"), "contoso"}, {charge(kFabrikam, "4"), "fabrikam"}});
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6", "Northwind,2026-10,EUR,s9,B,1"});
  EXPECT_THAT(found(), ElementsAre("?northwind missing-charges -1", "fabrikam missing-lines 4"));
  EXPECT_THAT(verdicts(), ElementsAre("northwind EUR 1 0 not explained", "Contoso EUR 6 6 equal",
                                      "Fabrikam EUR 0 4 not explained"));
}

TEST_F(MigrationTest, TenantsOfNobodyAreUnassignedOnBothSides) {
  const std::string tenant = "8d1f0f6e-0000-4000-8000-000000000009";
  take_in({{charge(tenant, "6"), "unassigned"}});
  bill({tenant + ",2026-10,EUR,s1,DZH318Z0BQ350002,6"});
  EXPECT_THAT(verdicts(), ElementsAre("unassigned EUR 6 6 equal"));
}

TEST_F(MigrationTest, CurrenciesAreNeverMixed) {
  take_in({{charge(kContoso, "6"), "contoso"}});
  bill({"contoso,2026-10,USD,s1,DZH318Z0BQ350002,6"});
  EXPECT_THAT(found(), ElementsAre("contoso missing-lines 6", "contoso missing-charges -6"));
  EXPECT_THAT(verdicts(), ElementsAre("Contoso EUR 0 6 not explained", "Contoso USD 6 0 not explained"));
}

TEST_F(MigrationTest, FindsDoubledLines) {
  take_in({{charge(kContoso, "6"), "contoso"}});
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6", "contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6"});
  EXPECT_THAT(found(), ElementsAre("contoso doubled-lines -6"));
  EXPECT_FALSE(ask()->holds());
}

TEST_F(MigrationTest, EqualLinesThatChargesHaveTooAreNotDoubled) {
  take_in({{charge(kContoso, "6"), "contoso"}, {charge(kContoso, "6"), "contoso"}, {charge(kContoso, "1"), "contoso"}});
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6", "contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6"});
  EXPECT_THAT(found(), ElementsAre("contoso unknown 1"));
}

TEST_F(MigrationTest, RoundedLinesAreExplainedAsFarAsTheyWereRounded) {
  take_in({{charge(kContoso, "6.0049"), "contoso"}});
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6.00"}, ",decimals=2");
  EXPECT_THAT(found(), ElementsAre("contoso rounding 0.0049"));
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,5.99"}, ",decimals=2");  // takes the place of the one before
  EXPECT_THAT(found(), ElementsAre("contoso unknown 0.0149"));
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6.00"});
  EXPECT_THAT(found(), ElementsAre("contoso unknown 0.0049"));
}

TEST_F(MigrationTest, PartnerEarnedCreditIsAReasonOnlyWhereTheLegacyIsBeforeIt) {
  take_in({{charge(kContoso, "85", {{"x_PartnerCreditRate", "0.15"}, {"x_PartnerCreditApplied", "true"}}), "contoso"}});
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,100"});
  EXPECT_THAT(found(), ElementsAre("contoso partner-earned-credit -15"));
  EXPECT_FALSE(ask()->holds());
  EXPECT_TRUE(ask({.before_credit = true})->holds());
}

TEST_F(MigrationTest, ComparesAsFarAsTheLegacyTells) {
  take_in({{charge(kContoso, "6"), "contoso"}, {charge(kContoso, "4", {{"SkuId", "B"}}), "contoso"}});
  const BillColumns columns = *parse_bill_columns("customer=customer,month=month,currency=currency,cost=cost", "c");
  EXPECT_EQ(columns.product_field(), std::nullopt);
  bill({"contoso,2026-10,EUR,s1,,10"}, "");
  EXPECT_THAT(found(),
              ElementsAre("contoso missing-charges -10", "contoso missing-lines 4", "contoso missing-lines 6"));
}

TEST_F(MigrationTest, AMonthThatOneSideLacksIsAGapAndNeverZero) {
  for (const char* month : {"2026-08", "2026-09", "2026-10"}) {
    take_in({{charge(kContoso, "6", {{"ChargePeriodStart", std::string(month) + "-05"}}), "contoso"}}, month);
  }
  bill({"contoso,2026-08,EUR,s1,DZH318Z0BQ350002,6"}, "", "2026-08");
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6"}, "", "2026-10");
  const auto migration = ask();
  ASSERT_TRUE(migration) << migration.error().message();
  EXPECT_THAT(migration->months, ElementsAre(*Month::parse("2026-08"), *Month::parse("2026-10")));
  EXPECT_THAT(migration->without_legacy, ElementsAre(*Month::parse("2026-09")));
  EXPECT_FALSE(migration->holds());
  EXPECT_THAT(migration_notices(*migration), Contains("not compared, since the legacy has nothing of them: 2026-09"));
  ReadScope october = ReadScope::of_partner();
  october.first_month = october.last_month = Month::parse("2026-10");
  EXPECT_TRUE(ask({}, october)->holds());
  ReadScope september = ReadScope::of_partner();
  september.first_month = september.last_month = Month::parse("2026-09");
  EXPECT_EQ(ask({}, september).error().id, ErrorId::kNoLegacyBill);
}

TEST_F(MigrationTest, SaysWhichNameSeveralCustomersHave) {
  ASSERT_TRUE(
      lake_.control_plane().put_customers({{CustomerId("one"), "Twin", "", {}}, {CustomerId("two"), "twin", "", {}}}));
  take_in({{charge(kContoso, "6"), "contoso"}});
  bill({"contoso,2026-10,EUR,s1,DZH318Z0BQ350002,6", "Twin,2026-10,EUR,s1,B,1"});
  const auto migration = ask();
  ASSERT_TRUE(migration);
  EXPECT_THAT(migration->unclear, ElementsAre("twin"));
  EXPECT_FALSE(migration->holds());
}

TEST_F(MigrationTest, NeedsSomethingToCompareWith) {
  take_in({{charge(kContoso, "6"), "contoso"}});
  EXPECT_EQ(ask().error().id, ErrorId::kNoLegacyBill);
  bill({"contoso,2026-11,EUR,s1,DZH318Z0BQ350002,6"}, "", "2026-11");
  EXPECT_EQ(ask().error().id, ErrorId::kNoCharges);
}

TEST_F(MigrationTest, ListsTheCustomersOfTheLegacy) {
  bill({"Contoso,2026-10,EUR,S1,B,1", "contoso,2026-10,EUR,s2,B,1", "Fabrikam,2026-10,EUR,s3,B,1"});
  const auto customers = legacy_customers(lake_.reader(), ReadScope::of_partner(), {});
  ASSERT_TRUE(customers) << customers.error().message();
  ASSERT_EQ(customers->size(), 2U);
  EXPECT_EQ(customers->front().text, "contoso");
  EXPECT_THAT(customers->front().subscriptions, ElementsAre("s1", "s2"));
}

}  // namespace
}  // namespace apportion
