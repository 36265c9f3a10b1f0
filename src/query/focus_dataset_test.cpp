#include "query/focus_dataset.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/model/charge_columns.h"
#include "query/cost_report.h"
#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// A usage row whose amounts, prices and quantities fit together.
TestCharge usage(const std::string& tenant = "tenant-c") {
  return {{"BilledCost", "8"},
          {"EffectiveCost", "6"},
          {"ListCost", "12"},
          {"ContractedCost", "10"},
          {"ListUnitPrice", "3"},
          {"ContractedUnitPrice", "2.5"},
          {"PricingQuantity", "4"},
          {"PricingUnit", "Hours"},
          {"ConsumedQuantity", "4"},
          {"ConsumedUnit", "Hours"},
          {"PricingCurrency", "USD"},
          {"x_BillingExchangeRate", "0.5"},
          {"ServiceName", "Storage"},
          {"SkuId", "sku"},
          {"SkuPriceId", "sku/price"},
          {"SkuMeter", "LRS"},
          {"x_SkuMeterId", "meter"},
          {"BillingAccountId", "profile"},
          {"InvoiceId", "G1"},
          {"InvoiceIssuerName", "Acme"},
          {"x_CustomerTenantId", tenant},
          {"x_PartnerCreditRate", "0.1"}};
}

// An empty value takes the column away.
TestCharge with(TestCharge charge, const TestCharge& changes) {
  for (const auto& [column, value] : changes) {
    if (value.empty()) {
      charge.erase(column);
    } else {
      charge[column] = value;
    }
  }
  return charge;
}

class FocusDatasetTest : public ::testing::Test {
 protected:
  FocusDatasetTest() {
    EXPECT_TRUE(lake_.control_plane().put_customers({{CustomerId("contoso"), "Contoso Ltd", "", {"tenant-c"}},
                                                     {CustomerId("fabrikam"), "Fabrikam", "", {"tenant-f"}}}));
  }

  // Every charge whole to contoso.
  void publish(const std::vector<TestCharge>& charges, Dataset dataset = Dataset::kFocusCost) {
    const Import import = lake_.add_import({.dataset = dataset, .charges = charges});
    std::vector<TestAssignment> assignments;
    for (std::size_t i = 0; i < charges.size(); ++i)
      assignments.push_back({TestLake::row_of(import, static_cast<std::int64_t>(i)), "contoso", 1});
    lake_.split(lake_.publish({import}), assignments);
  }

  static FocusRequest of_customer(CustomerView view, const std::string& customer = "contoso") {
    return {.scope = {audience_of(view), std::set{CustomerId(customer)}, {}, {}}, .view = view};
  }
  static FocusRequest of_partner() { return {.scope = ReadScope::of_partner()}; }

  Table rows(const FocusRequest& request) {
    Table table;
    auto dataset = FocusDataset::open(lake_.reader(), request);
    EXPECT_TRUE(dataset) << dataset.error().message();
    if (!dataset) return table;
    table.columns = dataset->columns();
    const auto visited = dataset->visit([&table](const std::vector<TableCell>& row) {
      table.rows.push_back(row);
      return ok();
    });
    EXPECT_TRUE(visited) << visited.error().message();
    return table;
  }

  // Cells of the rows by column, `-` for nothing.
  std::vector<std::string> cells(const FocusRequest& request, const std::vector<std::string>& names) {
    const Table all = rows(request);
    std::vector<std::string> lines;
    for (const auto& row : all.rows) {
      std::string& line = lines.emplace_back();
      for (const std::string& name : names) {
        const auto column = std::ranges::find(all.columns, name, &TableColumn::name);
        EXPECT_NE(column, all.columns.end()) << name;
        const std::string text = cell_text(row[static_cast<std::size_t>(column - all.columns.begin())]);
        line += (line.empty() ? "" : " ") + (text.empty() ? "-" : text);
      }
    }
    return lines;
  }

  // The sums of the rows' costs by currency, as `cost_report` has them.
  std::vector<std::string> sums(const FocusRequest& request) {
    const Table all = rows(request);
    std::map<std::string, std::vector<Decimal>> by_currency;
    const auto cell = [&all](const auto& row, std::string_view name) {
      return row[static_cast<std::size_t>(std::ranges::find(all.columns, name, &TableColumn::name) -
                                          all.columns.begin())];
    };
    for (const auto& row : all.rows) {
      auto& of_currency = by_currency[cell_text(cell(row, "BillingCurrency"))];
      of_currency.resize(cost_metrics().size());
      for (std::size_t i = 0; i < cost_metrics().size(); ++i) {
        const TableCell amount = cell(row, cost_metrics()[i]);
        if (const auto* known = std::get_if<Decimal>(&amount)) of_currency[i] += *known;
      }
    }
    std::vector<std::string> lines;
    for (const auto& [currency, of_currency] : by_currency) {
      std::string& line = lines.emplace_back(currency);
      for (const Decimal sum : of_currency) line += "|" + sum.to_string();
    }
    return lines;
  }

  std::vector<std::string> reported(const std::vector<CostFilter>& where, std::vector<std::string> metrics = {}) {
    const auto report = cost_report(lake_.reader(), ReadScope::of_partner(),
                                    {.by = {"BillingCurrency"}, .metrics = std::move(metrics), .where = where});
    EXPECT_TRUE(report) << report.error().message();
    return report ? lines_of(*report) : std::vector<std::string>();
  }

  TestLake lake_;
};

const std::vector<std::string> kCosts = {"BilledCost", "EffectiveCost", "ContractedCost", "ListCost"};
const std::vector<std::string> kPrices = {"ContractedUnitPrice", "ListUnitPrice", "PricingCurrencyContractedUnitPrice",
                                          "PricingCurrencyListUnitPrice", "PricingCurrencyEffectiveCost"};

TEST_F(FocusDatasetTest, HasTheColumnsOfTheStandardFirst) {
  publish({usage()});
  for (const FocusRequest& request : {of_partner(), of_customer(CustomerView::kList)}) {
    const Table table = rows(request);
    ASSERT_GT(table.columns.size(), 57U);
    EXPECT_EQ(table.columns[0].name, "AvailabilityZone");
    EXPECT_EQ(table.columns[56].name, "Tags");
    std::vector<std::string> extras;
    for (std::size_t i = 57; i < table.columns.size(); ++i) extras.push_back(table.columns[i].name);
    EXPECT_THAT(extras, Each(StartsWith("x_")));
    EXPECT_TRUE(std::ranges::is_sorted(extras));
  }
}

TEST_F(FocusDatasetTest, ACustomersFileHasOnlyColumnsThatEveryCustomerMaySee) {
  publish({usage()});
  const Table table = rows(of_customer(CustomerView::kBoth));
  for (std::size_t i = 57; i < table.columns.size(); ++i)
    EXPECT_NE(find_charge_column(table.columns[i].name, Audience::kListView), nullptr) << table.columns[i].name;
}

TEST_F(FocusDatasetTest, TheViewSaysWhichCostsAreShown) {
  publish({usage()});
  EXPECT_THAT(cells(of_customer(CustomerView::kList), kCosts), ElementsAre("12 12 12 12"));
  EXPECT_THAT(cells(of_customer(CustomerView::kList), kPrices), ElementsAre("3 3 6 6 24"));
  EXPECT_THAT(cells(of_customer(CustomerView::kCost), kCosts), ElementsAre("8 6 6 6"));
  EXPECT_THAT(cells(of_customer(CustomerView::kCost), kPrices), ElementsAre("1.5 1.5 3 3 12"));
  EXPECT_THAT(cells(of_customer(CustomerView::kBoth), kCosts), ElementsAre("8 6 10 12"));
  EXPECT_THAT(cells(of_customer(CustomerView::kBoth), kPrices), ElementsAre("2.5 3 5 6 12"));
  EXPECT_THAT(cells(of_partner(), kCosts), ElementsAre("8 6 10 12"));
}

TEST_F(FocusDatasetTest, AViewNeedsItsAudience) {
  publish({usage()});
  FocusRequest request = of_customer(CustomerView::kList);
  request.view = CustomerView::kCost;
  const auto dataset = FocusDataset::open(lake_.reader(), request);
  ASSERT_FALSE(dataset);
  EXPECT_EQ(dataset.error().id, ErrorId::kPartnerOnly);
}

TEST_F(FocusDatasetTest, ACustomersFileNamesItAndItsPartner) {
  publish({usage(), with(usage(), {{"InvoiceIssuerName", ""}, {"ListCost", "13"}})});
  const std::vector<std::string> who = {"BillingAccountId", "BillingAccountName", "BillingAccountType", "InvoiceId",
                                        "InvoiceIssuerName"};
  EXPECT_THAT(cells(of_customer(CustomerView::kList), who), Each("contoso Contoso Ltd Customer - Acme"));
  FocusRequest named = of_customer(CustomerView::kList);
  named.issuer = "Acme Cloud GmbH";
  EXPECT_THAT(cells(named, {"InvoiceIssuerName"}), Each("Acme Cloud GmbH"));
  EXPECT_THAT(cells(of_partner(), {"BillingAccountId", "InvoiceId", "x_AssignedCustomerName", "x_PartnerCreditRate"}),
              Each("profile G1 Contoso Ltd 0.1"));
}

TEST_F(FocusDatasetTest, ALockedMonthKeepsTheNameOfItsCustomer) {
  publish({usage()});
  ASSERT_TRUE(lake_.control_plane().set_locked(lake_.connection().id, *Month::parse("2026-10"), true));
  ASSERT_TRUE(lake_.control_plane().put_customers({{CustomerId("contoso"), "Renamed", "", {"tenant-c"}}}));
  EXPECT_THAT(cells(of_customer(CustomerView::kList), {"BillingAccountName"}), ElementsAre("Contoso Ltd"));
}

TEST_F(FocusDatasetTest, UnknownIsNotZero) {
  publish({usage(), with(usage(), {{"ListCost", ""}, {"ListUnitPrice", ""}, {"ConsumedUnit", "Days"}})});
  EXPECT_THAT(cells(of_customer(CustomerView::kList), kCosts), Contains("- - - -"));
  const auto of_list = FocusDataset::open(lake_.reader(), of_customer(CustomerView::kList));
  ASSERT_TRUE(of_list);
  EXPECT_TRUE(of_list->has_unknown_costs());
  EXPECT_EQ(of_list->rows(), 2);
  const FocusTotals& totals = of_list->totals().at(0);
  for (const FocusSum& sum : totals.costs) {
    EXPECT_EQ(sum.unknown_rows, 1);
    EXPECT_EQ(sum.known.to_string(), "12");
    EXPECT_FALSE(sum.billed_of_unknown);
  }
  EXPECT_FALSE(FocusDataset::open(lake_.reader(), of_customer(CustomerView::kCost))->has_unknown_costs());
  const auto of_partners = FocusDataset::open(lake_.reader(), of_partner());
  ASSERT_TRUE(of_partners);
  EXPECT_EQ(of_partners->totals().at(0).costs[3].billed_of_unknown->to_string(), "8");
}

TEST_F(FocusDatasetTest, WithoutAnAmortizedRunEffectiveCostsAreUnknown) {
  publish({usage()}, Dataset::kActualCost);
  EXPECT_THAT(cells(of_customer(CustomerView::kCost), kCosts), ElementsAre("8 - - -"));
  EXPECT_TRUE(FocusDataset::open(lake_.reader(), of_customer(CustomerView::kCost))->has_unknown_costs());
}

TEST_F(FocusDatasetTest, QuantitiesAndPricesFollowTheRules) {
  const std::vector<std::string> quantities = {"ChargeCategory",   "PricingQuantity", "PricingUnit",
                                               "ConsumedQuantity", "ConsumedUnit",    "ListUnitPrice",
                                               "PricingCategory"};
  publish({with(usage(), {{"ChargeCategory", "Adjustment"}, {"PricingUnit", ""}, {"ListUnitPrice", "-3"}})});
  EXPECT_THAT(cells(of_partner(), quantities), ElementsAre("Adjustment - - - - - -"));
  publish({with(usage(), {{"ChargeCategory", "Usage"}, {"CommitmentDiscountStatus", "Unused"}})});
  EXPECT_THAT(cells(of_partner(), quantities), ElementsAre("Usage 4 Hours - - 3 -"));
  publish({with(usage(), {{"ChargeCategory", "Tax"}, {"PricingCategory", "Standard"}})});
  EXPECT_THAT(cells(of_partner(), quantities), ElementsAre("Tax - - - - - -"));
  EXPECT_THAT(cells(of_partner(), {"SkuId", "SkuPriceId", "SkuMeter"}), ElementsAre("- - -"));
}

TEST_F(FocusDatasetTest, WhatMustNotBeEmptyHasAMeaningfulValue) {
  publish({{{"BilledCost", "1"}, {"ChargeCategory", "Usage"}, {"x_SkuMeterId", "meter"}, {"SkuMeter", "LRS"}}});
  EXPECT_THAT(cells(of_partner(), {"ChargeDescription"}), ElementsAre("Other, LRS"));
  EXPECT_THAT(cells(of_partner(), {"ServiceName", "ServiceCategory", "ServiceSubcategory", "PublisherName",
                                   "ChargeFrequency", "PricingCurrency", "SkuId", "SkuPriceId", "SkuMeter"}),
              ElementsAre("Other Other Other (Other) Microsoft Usage-Based EUR meter meter LRS"));
  publish({with(usage(), {{"x_BillingExchangeRate", ""}})});
  EXPECT_THAT(cells(of_partner(), {"PricingCurrency", "PricingCurrencyEffectiveCost"}), ElementsAre("EUR 6"));
}

TEST_F(FocusDatasetTest, AResourceHasItsType) {
  const std::string resource = "/subscriptions/1/resourceGroups/g/providers/Microsoft.SaaS/resources/s";
  publish({with(usage(), {{"ResourceId", resource}})});
  EXPECT_THAT(cells(of_partner(), {"ResourceType"}), ElementsAre("microsoft.saas/resources"));
  publish({with(usage(), {{"ResourceType", "Virtual machine"}})});
  EXPECT_THAT(cells(of_partner(), {"ResourceType"}), ElementsAre("-"));
}

TEST_F(FocusDatasetTest, ASharedRowShowsTheShareAndHidesTheResource) {
  const Import import = lake_.add_import({.dataset = Dataset::kFocusCost,
                                          .charges = {with(usage("tenant-f"), {{"ResourceId", "/secret"},
                                                                               {"CommitmentDiscountQuantity", "1"},
                                                                               {"CommitmentDiscountUnit", "Hours"},
                                                                               {"CommitmentDiscountId", "/ri"}})}});
  const TestCharge quarter{
      {"ListCost", "3"}, {"ContractedCost", "2.5"}, {"PricingQuantity", "1"}, {"ConsumedQuantity", "1"}};
  const TestCharge rest{
      {"ListCost", "9"}, {"ContractedCost", "7.5"}, {"PricingQuantity", "3"}, {"ConsumedQuantity", "3"}};
  lake_.split(lake_.publish({import}), {{TestLake::row_of(import, 0), "contoso", 2, "2", "1.5", quarter},
                                        {TestLake::row_of(import, 0), "fabrikam", 2, "6", "4.5", rest}});
  const std::vector<std::string> seen = {"BilledCost",        "ListCost",   "PricingQuantity", "ConsumedQuantity",
                                         "ListUnitPrice",     "ResourceId", "SkuId",           "SkuMeter",
                                         "x_CustomerTenantId"};
  EXPECT_THAT(cells(of_customer(CustomerView::kBoth), seen), ElementsAre("2 3 1 1 3 - meter LRS -"));
  EXPECT_THAT(cells(of_customer(CustomerView::kBoth, "fabrikam"), seen),
              ElementsAre("6 9 3 3 3 /secret sku LRS tenant-f"));
  EXPECT_THAT(cells(of_partner(), {"CommitmentDiscountId", "CommitmentDiscountQuantity"}), Each("/ri -"));
}

TEST_F(FocusDatasetTest, ItsSumsAreThoseOfTheCostReport) {
  const Import import = lake_.add_import({.dataset = Dataset::kFocusCost,
                                          .charges = {usage(), with(usage("tenant-f"), {{"BilledCost", "0.1"}}),
                                                      with(usage(), {{"BillingCurrency", "JPY"}}), usage()}});
  const auto row = [&](std::int64_t ordinal) { return TestLake::row_of(import, ordinal); };
  const TestCharge part{{"ListCost", "6"}, {"ContractedCost", "5"}, {"PricingQuantity", "2"}};
  lake_.split(lake_.publish({import}), {{row(0), "contoso", 1},
                                        {row(1), "contoso", 2, "0.03", "2", part},
                                        {row(1), "fabrikam", 2, "0.07", "4", part},
                                        {row(2), "contoso", 1},
                                        {row(3), "unassigned"}});
  ASSERT_TRUE(lake_.control_plane().set_locked(lake_.connection().id, *Month::parse("2026-10"), true));
  const Import november = lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {usage()}, .month = "2026-11"});
  lake_.split(lake_.publish({november}), {{TestLake::row_of(november, 0), "contoso", 1}});
  const Import late = lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {usage()}});
  lake_.carry(lake_.hold({late}, {"contoso"}), "2026-11", {{"contoso", with(usage(), {{"BilledCost", "-3.25"}})}});

  const std::vector<CostFilter> own = {{"CustomerId", {"contoso"}}};
  EXPECT_EQ(sums(of_partner()), reported({}));
  EXPECT_EQ(sums(of_customer(CustomerView::kBoth)), reported(own));
  EXPECT_EQ(sums(of_customer(CustomerView::kCost)),
            reported(own, {"BilledCost", "EffectiveCost", "EffectiveCost", "EffectiveCost"}));
  EXPECT_EQ(sums(of_customer(CustomerView::kList)), reported(own, {"ListCost", "ListCost", "ListCost", "ListCost"}));
  FocusRequest unassigned = of_partner();
  unassigned.only = CustomerId(kUnassignedCustomerId);
  EXPECT_EQ(sums(unassigned), reported({{"CustomerId", {kUnassignedCustomerId}}}));
  const FocusRequest request = of_customer(CustomerView::kBoth);
  const auto dataset = FocusDataset::open(lake_.reader(), request);
  ASSERT_TRUE(dataset);
  std::vector<std::string> totals;
  for (const FocusTotals& of_currency : dataset->totals()) {
    const auto& costs = of_currency.costs;
    totals.push_back(fmt::format("{}|{}|{}|{}|{}", of_currency.currency.code(), costs[0].known.to_string(),
                                 costs[2].known.to_string(), costs[3].known.to_string(), costs[1].known.to_string()));
  }
  EXPECT_EQ(totals, sums(request));
  EXPECT_THAT(cells(request, {"ChargeClass", "BillingPeriodStart", "BillingPeriodEnd", "BilledCost"}),
              Contains("Correction 2026-11-01 2026-12-01 -3.25"));
}

TEST_F(FocusDatasetTest, ItsRowsAreAlwaysInTheSameOrder) {
  std::vector<TestCharge> charges;
  for (int i = 0; i < 50; ++i) charges.push_back(with(usage(), {{"ListCost", std::to_string(i * 7 % 50)}}));
  publish(charges);
  const Table once = rows(of_customer(CustomerView::kList));
  EXPECT_EQ(lines_of(once), lines_of(rows(of_customer(CustomerView::kList))));
}

TEST_F(FocusDatasetTest, MonthsOfAConnectionCanBeChosenForACustomer) {
  publish({usage()});
  FocusRequest request = of_customer(CustomerView::kList);
  request.scope.connection = "acme";
  EXPECT_FALSE(FocusDataset::open(lake_.reader(), request)) << "connections are the partner's";
  request.scope.connection.reset();
  request.months = published_months(lake_.control_plane(), ReadScope::of_partner("acme")).value();
  EXPECT_THAT(rows(request).rows, Not(IsEmpty()));
  request.months = std::vector<PublishedMonth>();
  EXPECT_THAT(rows(request).rows, IsEmpty());
}

}  // namespace
}  // namespace apportion
