#include "query/cost_report.h"

#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/model/charge_columns.h"
#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CostReportTest : public ::testing::Test {
 protected:
  void publish(const std::vector<TestCharge>& charges) {
    import_ = lake_.add_import({.dataset = Dataset::kFocusCost, .charges = charges});
    charges_ = lake_.publish({import_});
  }

  void split(const std::vector<TestAssignment>& assignments) { lake_.split(charges_, assignments); }

  Table report(const CostReportRequest& request) {
    auto table = cost_report(lake_.reader(), ReadScope::of_partner(), request);
    EXPECT_TRUE(table) << table.error().message();
    return table ? *table : Table();
  }

  Error error(const CostReportRequest& request) {
    const auto table = cost_report(lake_.reader(), ReadScope::of_partner(), request);
    EXPECT_FALSE(table);
    return table ? Error{} : table.error();
  }

  std::int64_t row(std::int64_t ordinal) const { return TestLake::row_of(import_, ordinal); }

  TestLake lake_;
  Import import_;
  ChargeSet charges_;
};

TEST_F(CostReportTest, SumsByCustomerWithUnassigned) {
  lake_.add_customers({"contoso", "fabrikam"});
  publish({{{"BilledCost", "10.1"}, {"EffectiveCost", "9"}, {"ListCost", "12"}, {"ContractedCost", "10.1"}},
           {{"BilledCost", "1"}, {"EffectiveCost", "3"}},
           {{"BilledCost", "-0.000000000000000001"}}});
  split({{row(0), "contoso", 1},
         {row(1), "contoso", 2, "0.4", "1"},
         {row(1), "fabrikam", 2, "0.6", "2"},
         {row(2), "unassigned"}});
  const Table table = report({.by = {"CustomerId", "CustomerName"}, .metrics = {}, .where = {}});
  EXPECT_THAT(lines_of(table),
              ElementsAre("contoso|Name of contoso|10.5|10|12|10.1", "fabrikam|Name of fabrikam|0.6|2||",
                          "unassigned|unassigned|-0.000000000000000001|0||"));
  EXPECT_THAT(table.notices, Contains("all amounts are in EUR"));
  EXPECT_THAT(table.notices,
              Contains(HasSubstr("ListCost is unknown for 3 rows that cost EUR 1.00 billed and 3.00 effective; ")));
}

TEST_F(CostReportTest, EffectiveCostOfAMonthWithoutAmortizedRunIsUnknown) {
  const auto publish_month = [&](const std::string& month, Dataset dataset, const std::string& cost) {
    const Import import = lake_.add_import(
        {.dataset = dataset, .charges = {{{"BilledCost", cost}, {"EffectiveCost", "0"}}}, .month = month});
    lake_.split(lake_.publish({import}),
                {{TestLake::row_of(import, 0), "a", 1, "1", "0"}, {TestLake::row_of(import, 0), "b", 1, "1", "0"}});
  };
  publish_month("2026-09", Dataset::kActualCost, "2");
  publish_month("2026-10", Dataset::kFocusCost, "2");
  const Table whole = report({.by = {"CustomerId"}, .metrics = {}, .where = {}});
  EXPECT_THAT(lines_of(whole), ElementsAre("a|2|||", "b|2|||"))
      << "the sum of October alone would look like that of both";
  EXPECT_THAT(whole.notices, Contains(HasSubstr("EffectiveCost is unknown for 2 rows that cost EUR 2.00 billed; ")));
  EXPECT_THAT(lines_of(report({.by = {"Month"}, .metrics = {}, .where = {}})),
              ElementsAre("2026-09|2|||", "2026-10|2|0||"));
}

TEST_F(CostReportTest, MonthsThatAreNotSplitAreUnassigned) {
  publish({{{"BilledCost", "1"}}});
  EXPECT_THAT(lines_of(report({.by = {"customerid", "Month"}, .metrics = {"BilledCost"}, .where = {}})),
              ElementsAre("unassigned|2026-10|1"));
}

TEST_F(CostReportTest, WhatIsUnassignedStandsLast) {
  lake_.add_customers({"zebra"});
  publish({{{"BilledCost", "1"}}, {{"BilledCost", "2"}}, {{"BilledCost", "3"}, {"BillingCurrency", "JPY"}}});
  split({{row(0), "zebra"}, {row(1), "unassigned"}, {row(2), "zebra"}});
  EXPECT_THAT(lines_of(report({.by = {"CustomerId", "BillingCurrency"}, .metrics = {"BilledCost"}, .where = {}})),
              ElementsAre("zebra|EUR|1", "zebra|JPY|3", "unassigned|EUR|2"));
  EXPECT_THAT(lines_of(report({.by = {"BillingCurrency", "CustomerId"}, .metrics = {"BilledCost"}, .where = {}})),
              ElementsAre("EUR|zebra|1", "EUR|unassigned|2", "JPY|zebra|3"));
}

TEST_F(CostReportTest, NeverAddsCurrencies) {
  publish({{{"BilledCost", "1"}}, {{"BilledCost", "100"}, {"BillingCurrency", "JPY"}}});
  const Error refused = error({.by = {"CustomerId"}, .metrics = {}, .where = {}});
  EXPECT_EQ(refused.id, ErrorId::kMixedCurrenciesInReport);
  EXPECT_THAT(refused.message(), HasSubstr("EUR, JPY"));
  EXPECT_THAT(lines_of(report({.by = {"billingcurrency"}, .metrics = {"BilledCost"}, .where = {}})),
              ElementsAre("EUR|1", "JPY|100"));
  EXPECT_THAT(lines_of(report({.by = {}, .metrics = {"billedcost"}, .where = {{"BillingCurrency", {"JPY"}}}})),
              ElementsAre("100"));
}

TEST_F(CostReportTest, TakesCostsIntoAnotherCurrencyByTheRateOfEachCharge) {
  const auto charge = [](const std::string& cost, const std::string& currency, const std::string& pricing,
                         const std::string& rate, const std::string& resource) {
    TestCharge made{{"BilledCost", cost}, {"BillingCurrency", currency}, {"ResourceId", resource}};
    if (!pricing.empty()) made["PricingCurrency"] = pricing;
    if (!rate.empty()) made["x_BillingExchangeRate"] = rate;
    return made;
  };
  publish({charge("9", "EUR", "USD", "0.9", "/a"), charge("1", "EUR", "USD", "0.8", "/A"),
           charge("5", "USD", "", "", "/a"), charge("0", "EUR", "", "", "/a"), charge("1", "EUR", "USD", "3", "/b"),
           charge("2", "EUR", "USD", "0.9", "/c"), charge("2", "EUR", "", "", "/c"),
           charge("4", "EUR", "GBP", "1.1", "/d")});
  const CostReportRequest request{
      .by = {"ResourceId"}, .metrics = {"BilledCost"}, .where = {}, .currency = Currency::parse("USD")};
  const Table table = report(request);
  EXPECT_EQ(table.columns.back().name, "BilledCostInUSD");
  EXPECT_EQ(table.currency, Currency::parse("USD"));
  EXPECT_THAT(lines_of(table), ElementsAre("/A|16.25", "/b|0.333333333333333333", "/c|", "/d|"));
  EXPECT_THAT(table.notices,
              Contains(HasSubstr("BilledCostInUSD is unknown for 2 rows without an exchange rate to USD; ")));
  EXPECT_THAT(table.notices, Contains(HasSubstr("costs in USD are estimates")));
  EXPECT_TRUE(totals_of(table).at(0).back() == TableCell()) << "a total with an unknown part is unknown";
  CostReportRequest by_currency = request;
  by_currency.by = {"BillingCurrency"};
  EXPECT_THAT(lines_of(report(by_currency)), ElementsAre("EUR|", "USD|5"));
}

TEST_F(CostReportTest, AConvertedEffectiveCostThatIsNotKnownStaysUnknown) {
  const Import import = lake_.add_import(
      {.dataset = Dataset::kActualCost, .charges = {{{"BilledCost", "2"}, {"BillingCurrency", "USD"}}}});
  lake_.publish({import});
  EXPECT_THAT(lines_of(report({.by = {}, .metrics = {}, .where = {}, .currency = Currency::parse("USD")})),
              ElementsAre("2|||"));
}

TEST_F(CostReportTest, QuantitiesAddWithinAUnitOnly) {
  publish({{{"ConsumedQuantity", "1.5"}, {"ConsumedUnit", "Hours"}, {"ServiceName", "vm"}},
           {{"ConsumedQuantity", "2"}, {"ConsumedUnit", "Hours"}, {"ServiceName", "vm"}},
           {{"ConsumedQuantity", "7"}, {"ConsumedUnit", "GB"}, {"ServiceName", "disk"}},
           {{"ServiceName", "disk"}}});
  const Error refused = error({.by = {"ServiceName"}, .metrics = {"ConsumedQuantity"}, .where = {}});
  EXPECT_EQ(refused.id, ErrorId::kMixedUnitsInReport);
  EXPECT_THAT(refused.message(), HasSubstr("ConsumedUnit"));
  const Table table = report({.by = {"ConsumedUnit"}, .metrics = {"BilledCost", "consumedquantity"}, .where = {}});
  EXPECT_THAT(lines_of(table), ElementsAre("|0|", "GB|0|7", "Hours|0|3.5"));
  EXPECT_TRUE(table.columns.back().is_quantity);
  EXPECT_EQ(totals_of(table).at(0).back(), TableCell()) << "units never add";
  const Table hours =
      report({.by = {"ServiceName"}, .metrics = {"ConsumedQuantity"}, .where = {{"ConsumedUnit", {"Hours"}}}});
  EXPECT_THAT(lines_of(hours), ElementsAre("vm|3.5"));
  EXPECT_THAT(hours.notices, Contains("ConsumedQuantity is in Hours"));
}

TEST_F(CostReportTest, DaysAreGroupsUnderTheNamesThatPeopleGiveThem) {
  publish({{{"BilledCost", "1"}, {"ChargePeriodStart", "2026-10-02"}},
           {{"BilledCost", "2"}, {"ChargePeriodStart", "2026-10-01"}}});
  for (const char* name : {"ChargePeriodStart", "ChargeDay", "day", "Date"}) {
    EXPECT_THAT(lines_of(report({.by = {name}, .metrics = {"BilledCost"}, .where = {}})),
                ElementsAre("2026-10-01|2", "2026-10-02|1"));
  }
}

TEST_F(CostReportTest, GroupsIdsIgnoringCaseAndNamesExactly) {
  publish({{{"BilledCost", "1"}, {"ResourceId", "/subs/B"}, {"ServiceName", "vm"}},
           {{"BilledCost", "2"}, {"ResourceId", "/SUBS/b"}, {"ServiceName", "VM"}},
           {{"BilledCost", "4"}, {"ServiceName", "VM"}}});
  EXPECT_THAT(lines_of(report({.by = {"ResourceId"}, .metrics = {"BilledCost"}, .where = {}})),
              ElementsAre("|4", "/SUBS/b|3"));
  EXPECT_THAT(lines_of(report({.by = {"ServiceName"}, .metrics = {"BilledCost"}, .where = {}})),
              ElementsAre("VM|6", "vm|1"));
}

TEST_F(CostReportTest, GroupsEmptyTextsWithNothing) {
  publish({{{"BilledCost", "1"}, {"Tags", R"({"a":""})"}}, {{"BilledCost", "2"}}, {{"BilledCost", "4"}}});
  EXPECT_THAT(lines_of(report({.by = {"tag.a"}, .metrics = {"BilledCost"}, .where = {}})), ElementsAre("|7"));
  lake_.add_customers({"contoso"});
  ASSERT_TRUE(lake_.control_plane().put_customers({{CustomerId("contoso"), "Contoso", "", {}}}));
  split({{row(0), "contoso", 1}, {row(1), "unassigned"}, {row(2), "unassigned"}});
  EXPECT_THAT(lines_of(report({.by = {"CustomerExternalId"}, .metrics = {"BilledCost"}, .where = {}})),
              ElementsAre("|7"));
}

TEST_F(CostReportTest, KnowsShortNamesAndKeepsTheWrittenOnes) {
  publish({{{"BilledCost", "1"}, {"x_SubscriptionId", "s1"}, {"ChargePeriodStart", "2026-10-31"}}});
  const Table table = report({.by = {"cloudvendoraccount", "Date"}, .metrics = {"BilledCost"}, .where = {}});
  EXPECT_EQ(table.columns[0].name, "cloudvendoraccount");
  EXPECT_EQ(table.columns[1].name, "Date");
  EXPECT_THAT(lines_of(table), ElementsAre("s1|2026-10-31|1"));
}

TEST_F(CostReportTest, TakesTheFirstOfEqualKeysInOneTagsCellAsRulesDo) {
  publish({{{"BilledCost", "1"}, {"Tags", R"({"env":"a","env":"b"})"}},
           {{"BilledCost", "2"}, {"Tags", R"({"env":null,"env":"b"})"}},
           {{"BilledCost", "4"}, {"Tags", R"({"\u0065nv":"a","env":"b"})"}}});
  EXPECT_THAT(lines_of(report({.by = {"tag.env"}, .metrics = {"BilledCost"}, .where = {}})), ElementsAre("|2", "a|5"));
}

TEST_F(CostReportTest, ReadsTagsByTheirVeryKey) {
  const std::string tags =
      R"({"env":"prod","Env":"Test","a.b":"point","a/b":"slash","q\"'$1":"quote","*":"star","n":5,"null":null})";
  publish({{{"BilledCost", "1"}, {"Tags", tags}}, {{"BilledCost", "2"}}, {{"BilledCost", "4"}, {"Tags", "not json"}}});
  const auto value_of = [&](const std::string& key) {
    return lines_of(report({.by = {"tag." + key}, .metrics = {"BilledCost"}, .where = {}}));
  };
  EXPECT_THAT(value_of("env"), ElementsAre("|6", "prod|1"));
  EXPECT_THAT(value_of("Env"), ElementsAre("|6", "Test|1"));
  EXPECT_THAT(value_of("a.b"), ElementsAre("|6", "point|1"));
  EXPECT_THAT(value_of("a/b"), ElementsAre("|6", "slash|1"));
  EXPECT_THAT(value_of("q\"'$1"), ElementsAre("|6", "quote|1"));
  EXPECT_THAT(value_of("*"), ElementsAre("|6", "star|1"));
  EXPECT_THAT(value_of("n"), ElementsAre("|6", "5|1"));
  EXPECT_THAT(value_of("null"), ElementsAre("|7"));
  EXPECT_THAT(value_of("a"), ElementsAre("|7"));
}

TEST_F(CostReportTest, FiltersByAnyColumn) {
  lake_.add_customers({"contoso"});
  publish({{{"BilledCost", "1"}, {"ResourceId", "/A"}, {"x_SkuTerm", "36"}, {"Tags", R"({"env":"prod"})"}},
           {{"BilledCost", "2"}, {"ResourceId", "/b"}},
           {{"BilledCost", "4"}}});
  split({{row(0), "contoso", 1}, {row(1), "unassigned"}, {row(2), "unassigned"}});
  const auto total = [&](const CostFilter& filter) {
    return lines_of(report({.by = {}, .metrics = {"BilledCost"}, .where = {filter}}));
  };
  EXPECT_THAT(total({"ResourceId", {"/a", "/B"}}), ElementsAre("3"));
  EXPECT_THAT(total({"ResourceId", {"", "/b"}}), ElementsAre("6"));
  EXPECT_THAT(total({"x_SkuTerm", {"36"}}), ElementsAre("1"));
  EXPECT_THAT(total({"Date", {"2026-10-10"}}), ElementsAre("7"));
  EXPECT_THAT(total({"BilledCost", {"2.0"}}), ElementsAre("2"));
  EXPECT_THAT(total({"tag.env", {"prod"}}), ElementsAre("1"));
  EXPECT_THAT(total({"CustomerName", {"Name of contoso"}}), ElementsAre("1"));
  EXPECT_THAT(total({"ResourceId", {"' OR true --"}}), IsEmpty());
  EXPECT_THAT(error({.by = {}, .metrics = {}, .where = {{"Date", {"10/31/2026"}}}}).message(), HasSubstr("YYYY-MM-DD"));
}

TEST_F(CostReportTest, RefusesWhatItDoesNotKnow) {
  publish({{{"BilledCost", "1"}}});
  EXPECT_THAT(error({.by = {"ResourceIdd"}, .metrics = {}, .where = {}}).next, HasSubstr("ResourceId"));
  EXPECT_EQ(error({.by = {"x; DROP TABLE customers"}, .metrics = {}, .where = {}}).id, ErrorId::kNoSuchColumn);
  EXPECT_EQ(error({.by = {"tag."}, .metrics = {}, .where = {}}).id, ErrorId::kNoSuchColumn);
  EXPECT_EQ(error({.by = {"Tags", "Tags"}, .metrics = {}, .where = {}}).id, ErrorId::kColumnRepeated);
  EXPECT_EQ(error({.by = {}, .metrics = {"Costs"}, .where = {}}).id, ErrorId::kNoSuchMetric);
}

TEST_F(CostReportTest, EmptyScopeHasNoRows) {
  EXPECT_THAT(report({.by = {}, .metrics = {}, .where = {}}).rows, IsEmpty());
  EXPECT_THAT(report({.by = {"CustomerId"}, .metrics = {}, .where = {}}).rows, IsEmpty());
}

TEST_F(CostReportTest, EveryColumnCanBeAskedFor) {
  publish({{{"BilledCost", "1"}}});
  CostReportRequest request;
  for (const ChargeColumn& column : charge_columns()) request.by.emplace_back(column.name);
  const Table table = report(request);
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.columns[charge_column_index("BilledCost")].name, "by_BilledCost");
  EXPECT_EQ(table.columns.size(), charge_columns().size() + cost_metrics().size());
}

// Whatever the grouping, the rows add up to the whole.
TEST_F(CostReportTest, EveryGroupingSumsToTheTotal) {
  std::mt19937 random(7);
  const auto pick = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  std::vector<TestCharge> charges;
  for (int i = 0; i < 300; ++i) {
    TestCharge charge{{"BilledCost", fmt::format("{}.{:018}", pick(2000) - 1000, random())},
                      {"EffectiveCost", fmt::format("0.{:018}", random())},
                      {"ChargePeriodStart", fmt::format("2026-10-{:02}", pick(31) + 1)}};
    if (pick(3) != 0) charge["ResourceId"] = fmt::format("/{}{}", pick(2) == 0 ? "r" : "R", pick(9));
    if (pick(3) != 0) charge["Tags"] = fmt::format(R"({{"env":"{}"}})", pick(4));
    if (pick(3) != 0) charge["ListCost"] = fmt::format("{}", pick(100));
    charges.push_back(std::move(charge));
  }
  publish(charges);
  std::vector<TestAssignment> assignments;
  for (int i = 0; i < 300; ++i) {
    if (pick(4) != 0) {
      assignments.push_back({row(i), fmt::format("customer-{}", pick(5)), 1});
      continue;
    }
    const Decimal billed = test_decimal(charges[static_cast<std::size_t>(i)].at("BilledCost"));
    const Decimal part = test_decimal("0.123456789012345678");
    assignments.push_back({row(i), "customer-0", 2, part.to_string(), "0"});
    assignments.push_back({row(i), "customer-1", 2, (billed - part).to_string(),
                           charges[static_cast<std::size_t>(i)].at("EffectiveCost")});
  }
  split(assignments);
  Decimal billed;
  Decimal effective;
  for (const TestCharge& charge : charges) {
    billed += test_decimal(charge.at("BilledCost"));
    effective += test_decimal(charge.at("EffectiveCost"));
  }
  const std::vector<std::string> columns{"CustomerId", "ResourceId", "tag.env",     "Date",
                                         "Month",      "BilledCost", "CustomerName"};
  for (int attempt = 0; attempt < 20; ++attempt) {
    CostReportRequest request;
    for (const std::string& column : columns) {
      if (pick(2) == 0) request.by.push_back(column);
    }
    const Table table = report(request);
    Decimal billed_sum;
    Decimal effective_sum;
    for (const auto& cells : table.rows) {
      billed_sum += std::get<Decimal>(cells[request.by.size()]);
      effective_sum += std::get<Decimal>(cells[request.by.size() + 1]);
    }
    EXPECT_EQ(billed_sum.to_string(), billed.to_string());
    EXPECT_EQ(effective_sum.to_string(), effective.to_string());
  }
}

}  // namespace
}  // namespace apportion
