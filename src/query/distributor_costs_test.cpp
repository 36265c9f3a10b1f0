#include "query/distributor_costs.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kContoso = "8d1f0f6e-0000-4000-8000-000000000001";
const std::string kFabrikam = "8d1f0f6e-0000-4000-8000-000000000002";
const std::string kColumns = "subscription=S,month=M,currency=C,cost=A";

TestCharge charge(const std::string& subscription, const std::string& cost, const TestCharge& others = {}) {
  TestCharge charge = {{"BilledCost", cost},
                       {"BillingCurrency", "EUR"},
                       {"x_SubscriptionId", subscription},
                       {"SubAccountName", "Name of " + subscription},
                       {"x_CustomerTenantId", kContoso},
                       {"SkuId", "DZH318Z0BQ350002"},
                       {"ServiceName", "Storage"}};
  for (const auto& [name, value] : others) charge[name] = value;
  return charge;
}

struct Assigned {
  TestCharge charge;
  std::string customer;
};

std::string shown(const std::optional<Decimal>& amount) { return amount ? amount->to_string() : "-"; }

class DistributorCostsTest : public ::testing::Test {
 protected:
  DistributorCostsTest() {
    EXPECT_TRUE(lake_.control_plane().put_customers({{CustomerId("contoso"), "Contoso", "C-1", {kContoso}},
                                                     {CustomerId("fabrikam"), "Fabrikam", "", {kFabrikam}}}));
    allow_retail_prices(true);
  }

  void allow_retail_prices(bool allow) {
    Connection connection = lake_.connection();
    connection.allow_retail_prices = allow;
    EXPECT_TRUE(lake_.control_plane().update_connection(connection));
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

  // Lines as the columns `S,M,C,A,T,N,P,Q`: subscription, month, currency, amount, tenant, customer, product, quantity.
  void bill(const std::vector<std::string>& lines, const std::string& columns = kColumns,
            const std::string& month = "2026-10", const std::string& name = "bill") {
    std::string text = "S,M,C,A,T,N,P,Q\n";
    for (const std::string& line : lines) {
      text += line + std::string(static_cast<std::size_t>(7 - std::ranges::count(line, ',')), ',') + "\n";
    }
    lake_.add_bill({InvoiceFileKind::kDistributorBill, columns, text, month, name});
  }

  Result<DistributorCosts> ask(std::optional<Month> month = {}) {
    return distributor_costs(lake_.reader(), ReadScope::of_partner({}, month));
  }

  // `CUSTOMER SUBSCRIPTION CURRENCY CLASS RETAIL DISTRIBUTOR`
  std::vector<std::string> found() {
    const auto costs = ask();
    if (!costs) return {costs.error().message()};
    std::vector<std::string> lines;
    for (const DistributorCost& one : costs->costs) {
      lines.push_back(fmt::format("{} {} {} {} {} {}", one.customer.empty() ? "?" : one.customer,
                                  one.subscription.empty() ? "?" : one.subscription, one.currency,
                                  distributor_class_name(one.why), shown(one.retail), shown(one.distributor)));
    }
    return lines;
  }

  // `CUSTOMER CURRENCY RETAIL DISTRIBUTOR DIFFERENCE PERCENT CLASSES`
  std::vector<std::string> customers() {
    const auto costs = ask();
    if (!costs) return {costs.error().message()};
    std::vector<std::string> lines;
    for (const DistributorCustomer& one : costs->customers) {
      std::vector<std::string_view> classes;
      for (const DistributorClass why : one.classes) classes.push_back(distributor_class_name(why));
      lines.push_back(fmt::format("{} {} {} {} {} {} [{}]", one.name.empty() ? "?" : one.name, one.currency,
                                  shown(one.retail), shown(one.distributor), shown(one.difference),
                                  shown(one.percent_of_retail), fmt::join(classes, " ")));
    }
    return lines;
  }

  TestLake lake_;
};

TEST_F(DistributorCostsTest, ABillIsSpreadInProportionToRetailToTheLastDigit) {
  take_in({{charge("s1", "1"), "contoso"},
           {charge("s1", "1"), "contoso"},
           {charge("s1", "1"), "fabrikam"},
           {charge("s2", "10"), "fabrikam"}});
  bill({"S1,2026-10,EUR,1", "s1,2026-10,EUR,1.5", "s2,2026-10,EUR,8.5"});
  EXPECT_THAT(found(), ElementsAre("contoso s1 EUR billed 2 1.666666666666666667",
                                   "fabrikam s1 EUR billed 1 0.833333333333333333", "fabrikam s2 EUR billed 10 8.5"));
  EXPECT_THAT(customers(),
              ElementsAre("Contoso EUR 2 1.666666666666666667 0.333333333333333333 83.333333 []",
                          "Fabrikam EUR 11 9.333333333333333333 1.666666666666666667 84.848485 []"));
  EXPECT_TRUE(ask()->holds());
}

TEST_F(DistributorCostsTest, RefundsTakeTheirPartToo) {
  take_in({{charge("s1", "12"), "contoso"}, {charge("s1", "-2"), "fabrikam"}});
  bill({"s1,2026-10,EUR,8"});
  EXPECT_THAT(found(), ElementsAre("contoso s1 EUR billed 12 9.6", "fabrikam s1 EUR billed -2 -1.6"));
}

TEST_F(DistributorCostsTest, WhatOneSideAloneHasIsShownAndNeverZero) {
  take_in({{charge("s1", "10"), "contoso"}, {charge("s2", "5"), "contoso"}, {charge("s4", "0"), "contoso"}});
  bill({"s1,2026-10,EUR,8.5", "s3,2026-10,EUR,4," + kFabrikam, ",2026-10,EUR,3," + kContoso, "s5,2026-10,EUR,2"},
       kColumns + ",customer_tenant=T");
  EXPECT_THAT(found(), ElementsAre("? s5 EUR not-charged - 2", "contoso ? EUR not-charged - 3",
                                   "contoso s1 EUR billed 10 8.5", "contoso s2 EUR not-billed 5 -",
                                   "fabrikam s3 EUR not-charged - 4"));
  EXPECT_THAT(customers(),
              ElementsAre("? EUR - 2 - - [not-charged]", "Contoso EUR 15 11.5 - - [not-billed not-charged]",
                          "Fabrikam EUR - 4 - - [not-charged]"));
  EXPECT_FALSE(ask()->holds());
}

TEST_F(DistributorCostsTest, AnotherCurrencyIsSpreadAndNeverCompared) {
  take_in({{charge("s1", "30"), "contoso"}, {charge("s1", "10"), "fabrikam"}});
  bill({"s1,2026-10,USD,20"});
  EXPECT_THAT(found(), ElementsAre("contoso s1 EUR other-currency 30 -", "contoso s1 USD other-currency - 15",
                                   "fabrikam s1 EUR other-currency 10 -", "fabrikam s1 USD other-currency - 5"));
  EXPECT_FALSE(ask()->holds());
}

TEST_F(DistributorCostsTest, OfTwoCurrenciesOfChargesNoneSaysHowToSpreadAThird) {
  take_in({{charge("s1", "30"), "contoso"}, {charge("s1", "10", {{"BillingCurrency", "USD"}}), "contoso"}});
  bill({"s1,2026-10,GBP,20", "s1,2026-10,EUR,24"});
  EXPECT_THAT(found(), ElementsAre("? s1 GBP other-currency - 20", "contoso s1 EUR billed 30 24",
                                   "contoso s1 USD other-currency 10 -"));
}

TEST_F(DistributorCostsTest, WhereRetailIsZeroNothingSaysHowToSpread) {
  take_in({{charge("s1", "0"), "contoso"},
           {charge("s2", "1"), "contoso"},
           {charge("s2", "-1"), "fabrikam"},
           {charge("s3", "-4"), "fabrikam"}});
  bill({"s1,2026-10,EUR,3", "s2,2026-10,EUR,2", "s3,2026-10,EUR,1"});
  EXPECT_THAT(found(), ElementsAre("? s2 EUR no-retail - 2", "contoso s1 EUR no-retail 0 -",
                                   "contoso s1 EUR no-retail - 3", "contoso s2 EUR no-retail 1 -",
                                   "fabrikam s2 EUR no-retail -1 -", "fabrikam s3 EUR no-retail -4 -",
                                   "fabrikam s3 EUR no-retail - 1"));
  EXPECT_FALSE(ask()->holds());
}

TEST_F(DistributorCostsTest, AnAgreedPartIsCheckedBeyondRounding) {
  take_in({{charge("s1", "10.01"), "contoso"}, {charge("s2", "10"), "contoso"}});
  const std::string agreed = kColumns + ",percent_of_retail=85,decimals=2";
  bill({"s1,2026-10,EUR,8.51", "s2,2026-10,EUR,8.52"}, agreed);  // 8.5085 and 8.5
  EXPECT_THAT(found(), ElementsAre("contoso s1 EUR billed 10.01 8.51", "contoso s2 EUR other-percent 10 8.52"));
  EXPECT_FALSE(ask()->holds());
  bill({"s1,2026-10,EUR,8.51", "s2,2026-10,EUR,8.5"}, agreed);  // takes the place of the one before
  EXPECT_TRUE(ask()->holds());
  bill({"s1,2026-10,EUR,8.51", "s2,2026-10,EUR,8.5"}, kColumns + ",percent_of_retail=85");  // nothing is rounded
  EXPECT_FALSE(ask()->holds());
}

TEST_F(DistributorCostsTest, LinesThatAreThereTwiceCountTwiceAndAreTold) {
  take_in({{charge("s1", "10"), "contoso"}});
  bill({"s1,2026-10,EUR,8.5", "s1,2026-10,EUR,8.5"});
  EXPECT_THAT(found(), ElementsAre("contoso s1 EUR doubled-lines 10 17"));
  EXPECT_FALSE(ask()->holds());
}

TEST_F(DistributorCostsTest, BillsMayTellTenantsCustomersAndProducts) {
  take_in({{charge("s1", "10"), "contoso"},
           {charge("s2", "30"), "contoso"},
           {charge("s3", "5", {{"x_CustomerTenantId", kFabrikam}}), "fabrikam"}});
  bill({",2026-10,EUR,20," + kContoso, ",2026-10,EUR,4," + kFabrikam}, "customer_tenant=T,month=M,currency=C,cost=A");
  EXPECT_THAT(found(), ElementsAre("contoso s1 EUR billed 10 5", "contoso s2 EUR billed 30 15",
                                   "fabrikam s3 EUR billed 5 4"));
  bill({",2026-10,EUR,20,,c-1", ",2026-10,EUR,4,,FABRIKAM", ",2026-10,EUR,1,,Nobody"},
       "customer=N,month=M,currency=C,cost=A");
  EXPECT_THAT(found(), ElementsAre("? ? EUR not-charged - 1", "contoso s1 EUR billed 10 5",
                                   "contoso s2 EUR billed 30 15", "fabrikam s3 EUR billed 5 4"));
  EXPECT_EQ(ask()->costs.front().billed_customer, "nobody");
}

TEST_F(DistributorCostsTest, AProductThatWasNamedIsComparedByItself) {
  take_in({{charge("s1", "10"), "contoso"}, {charge("s1", "4", {{"SkuId", "B"}}), "fabrikam"}});
  bill({"s1,2026-10,EUR,8,,,DZH318Z0BQ35-0002,7", "s1,2026-10,EUR,2,,,B,1"}, kColumns + ",product=P,quantity=Q");
  EXPECT_THAT(found(), ElementsAre("contoso s1 EUR billed 10 8", "fabrikam s1 EUR billed 4 2"));
  EXPECT_EQ(shown(ask()->costs.front().quantity), "7");
}

TEST_F(DistributorCostsTest, SeveralBillsOfAMonthAreComparedTogether) {
  take_in({{charge("s1", "10"), "contoso"}, {charge("s2", "10"), "contoso"}});
  bill({"s1,2026-10,EUR,8"}, kColumns, "2026-10", "one");
  EXPECT_FALSE(ask()->holds());
  bill({"s2,2026-10,EUR,9"}, kColumns, "2026-10", "two");
  EXPECT_TRUE(ask()->holds());
  bill({",2026-10,EUR,9,,Contoso"}, "customer=N,month=M,currency=C,cost=A", "2026-10", "two");
  EXPECT_THAT(ask().error().message(), HasSubstr("bills of one month tell different things of their lines"));
}

TEST_F(DistributorCostsTest, AMonthThatOneSideLacksIsAGap) {
  for (const char* month : {"2026-08", "2026-09", "2026-10"}) take_in({{charge("s1", "10"), "contoso"}}, month);
  bill({"s1,2026-08,EUR,8"}, kColumns, "2026-08");
  bill({"s1,2026-10,EUR,8"}, kColumns, "2026-10");
  bill({"s1,2026-11,EUR,8"}, kColumns, "2026-11");
  const auto costs = ask();
  ASSERT_TRUE(costs) << costs.error().message();
  EXPECT_THAT(costs->months, ElementsAre(*Month::parse("2026-08"), *Month::parse("2026-10")));
  EXPECT_THAT(distributor_notices(*costs),
              Contains("not compared, since no bill of a distributor was imported: 2026-09"));
  EXPECT_THAT(distributor_notices(*costs),
              Contains("not compared, since there are no charges at retail prices: 2026-11"));
  EXPECT_FALSE(costs->holds());
  EXPECT_TRUE(ask(Month::parse("2026-10"))->holds());
  EXPECT_EQ(ask(Month::parse("2026-09")).error().id, ErrorId::kNoInvoiceLines);
  EXPECT_EQ(ask(Month::parse("2026-11")).error().id, ErrorId::kNoCharges);
}

TEST_F(DistributorCostsTest, OnlyChargesAtRetailPricesAreCompared) {
  take_in({{charge("s1", "10"), "contoso"}});
  bill({"s1,2026-10,EUR,8"});
  allow_retail_prices(false);
  EXPECT_THAT(ask().error().message(), HasSubstr("no connection accepts retail prices"));
  ASSERT_TRUE(lake_.control_plane().add_connection({.name = "other", .allow_retail_prices = true}));
  EXPECT_EQ(ask().error().id, ErrorId::kNoCharges);
}

TEST_F(DistributorCostsTest, TablesHaveTheSameNumbers) {
  take_in({{charge("s1", "10"), "contoso"}, {charge("s2", "5"), "contoso"}});
  bill({"s1,2026-10,EUR,8"});
  EXPECT_THAT(lines_of(distributor_customers_table(*ask())),
              ElementsAre("contoso|Contoso|EUR|2|15|8|||not-billed"));
  EXPECT_THAT(lines_of(distributor_costs_table(*ask(), false)),
              ElementsAre(HasSubstr("2026-10|contoso||EUR|s1|Name of s1||billed|10|8|2|80|1|1||"),
                          HasSubstr("2026-10|contoso||EUR|s2|Name of s2||not-billed|5||||1|0||")));
  EXPECT_THAT(lines_of(distributor_costs_table(*ask(), true)), ElementsAre(HasSubstr("not-billed")));
}

}  // namespace
}  // namespace apportion
