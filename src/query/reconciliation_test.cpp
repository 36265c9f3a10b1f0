#include "query/reconciliation.h"

#include <algorithm>
#include <memory>
#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_seeds.h"
#include "pipeline/ingest/testing.h"
#include "query/report_test_support.h"

namespace apportion {
namespace {

using ingest_testing::SlowReader;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

InvoiceFile file_of(const std::string& name, const std::string& text) {
  return {name, [text]() -> Result<std::unique_ptr<ByteReader>> {
            return std::unique_ptr<ByteReader>(std::make_unique<SlowReader>(text));
          }};
}

// A line of daily usage, by column; what is left out is as in `charge`.
using Cells = std::map<std::string, std::string>;

std::string csv_of(const Cells& usual, const std::vector<Cells>& lines) {
  std::vector<std::string> names;
  for (const auto& [name, value] : usual) names.push_back(name);
  std::string text = fmt::format("{}\n", fmt::join(names, ","));
  for (const Cells& line : lines) {
    std::vector<std::string> cells;
    for (const auto& [name, value] : usual) cells.push_back(line.contains(name) ? line.at(name) : value);
    text += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return text;
}

std::string usage_file(const std::vector<Cells>& lines) {
  return csv_of({{"PartnerId", "P"},
                 {"InvoiceNumber", "G1"},
                 {"CustomerId", "T1"},
                 {"EntitlementId", "S1"},
                 {"SubscriptionId", "not the one of Azure"},
                 {"ProductId", "DZH318Z0BQ35"},
                 {"SkuId", "0002"},
                 {"MeterId", "M1"},
                 {"ResourceURI", "/r/1"},
                 {"UsageDate", "2026-10-05"},
                 {"BillingPreTaxTotal", "0"},
                 {"BillingCurrency", "EUR"},
                 {"PCToBCExchangeRate", ""}},
                lines);
}

std::string reconciliation_file(const std::vector<Cells>& lines) {
  return csv_of({{"PartnerId", "P"},
                 {"InvoiceNumber", "G1"},
                 {"CustomerId", "T1"},
                 {"SubscriptionId", "O1"},
                 {"ProductId", "DZH318Z0BQ35"},
                 {"SkuId", "0002"},
                 {"ChargeType", "new"},
                 {"ChargeStartDate", "2026-10-01"},
                 {"Subtotal", "0"},
                 {"TaxTotal", "0"},
                 {"Currency", "EUR"},
                 {"EffectiveUnitPrice", ""},
                 {"BillableQuantity", ""},
                 {"PCToBCExchangeRate", ""},
                 {"PublisherName", "Microsoft"},
                 {"ReservationOrderId", ""},
                 {"CreditReasonCode", ""},
                 {"TermAndBillingCycle", ""}},
                lines);
}

TestCharge charge(const std::string& cost, const TestCharge& others = {}) {
  TestCharge charge = {{"BilledCost", cost},          {"InvoiceId", "G1"},
                       {"BillingCurrency", "EUR"},    {"x_CustomerTenantId", "T1"},
                       {"x_SubscriptionId", "s1"},    {"x_SkuOrderId", "O1"},
                       {"SkuId", "DZH318Z0BQ350002"}, {"x_SkuMeterId", "m1"},
                       {"ResourceId", "/r/1"},        {"ChargePeriodStart", "2026-10-05"},
                       {"x_PartnerTenantId", "p"}};
  for (const auto& [name, value] : others) charge[name] = value;
  return charge;
}

class ReconciliationTest : public ::testing::Test {
 protected:
  void take_in(const std::vector<TestCharge>& charges) {
    lake_.publish({lake_.add_import({.dataset = Dataset::kActualCost, .charges = charges})});
  }

  Result<Reconciliation> ask(const std::vector<std::string>& files, const ReadScope& scope = ReadScope::of_partner(),
                             const std::optional<std::string>& invoice = {}) {
    ReconcileRequest request{.lines = {}, .invoice = invoice};
    for (std::size_t i = 0; i < files.size(); ++i)
      request.lines.push_back(lines_of_file(file_of(fmt::format("f{}", i), files[i])));
    return reconcile(lake_.reader(), scope, request);
  }

  // `CLASS AMOUNT` of each difference, in the order of their keys.
  std::vector<std::string> found(const std::string& file, const ReadScope& scope = ReadScope::of_partner()) {
    const auto reconciliation = ask({file}, scope);
    if (!reconciliation) return {reconciliation.error().message()};
    std::vector<std::string> lines;
    for (const Difference& one : reconciliation->differences) {
      lines.push_back(fmt::format("{} {}", difference_class_name(one.why), one.amount.to_string()));
    }
    return lines;
  }

  std::string error_of(const std::vector<std::string>& files, const std::optional<std::string>& invoice = {}) {
    const auto reconciliation = ask(files, ReadScope::of_partner(), invoice);
    return reconciliation ? "none" : reconciliation.error().message();
  }

  TestLake lake_;
};

TEST_F(ReconciliationTest, LinesThatCouldNotBeReadKeepItFromHolding) {
  take_in({charge("2")});
  ReconcileRequest request{.lines = {lines_of_file(file_of("f", usage_file({{{"BillingPreTaxTotal", "2"}}})))}};
  EXPECT_TRUE(reconcile(lake_.reader(), ReadScope::of_partner(), request)->holds());
  request.lines.front().rejected = 1;
  const auto reconciliation = reconcile(lake_.reader(), ReadScope::of_partner(), request);
  EXPECT_EQ(reconciliation->rejected_lines, 1);
  EXPECT_FALSE(reconciliation->holds());
}

TEST_F(ReconciliationTest, ThreadsThatReadLinesChangeNothing) {
  std::vector<TestCharge> charges;
  std::vector<Cells> lines;
  for (int i = 0; i < 20'000; ++i) {
    const std::string customer = fmt::format("T{}", i % 50);
    const std::string resource = fmt::format("/r/{}", i % 400);
    const std::string amount = fmt::format("{}.5", i);
    if (i % 97 == 0) charges.push_back(charge(amount, {{"x_CustomerTenantId", customer}, {"ResourceId", resource}}));
    if (i % 991 != 0) {
      lines.push_back({{"CustomerId", customer}, {"ResourceURI", resource}, {"BillingPreTaxTotal", amount}});
    }
    if (i % 499 == 1) lines.push_back(lines.back());
  }
  take_in(charges);
  const std::string file = usage_file(lines);
  ASSERT_GT(file.size(), 1U << 20) << "of several blocks";
  const auto rows = [&](std::size_t threads) {
    const ReconcileRequest request{.lines = {lines_of_file(file_of("f", file))}, .threads = threads};
    const auto found = reconcile(lake_.reader(), ReadScope::of_partner(), request);
    EXPECT_TRUE(found) << found.error().message();
    std::vector<std::string> all = lines_of(reconciliation_rows_table(*found));
    std::ranges::copy(lines_of(reconciliation_sums_table(*found)), std::back_inserter(all));
    return all;
  };
  const std::vector<std::string> of_one = rows(1);
  EXPECT_GT(of_one.size(), 50U);
  for (int round = 0; round < 3; ++round) EXPECT_EQ(rows(4), of_one);
}

TEST_F(ReconciliationTest, FindsNothingWhereBothSidesAreEqual) {
  take_in({charge("1.25"), charge("0.75", {{"ChargePeriodStart", "2026-10-06"}})});
  const auto reconciliation = ask({usage_file({{{"BillingPreTaxTotal", "2"}}})});
  ASSERT_TRUE(reconciliation) << reconciliation.error().message();
  EXPECT_TRUE(reconciliation->holds());
  EXPECT_THAT(reconciliation->differences, IsEmpty());
  EXPECT_THAT(lines_of(reconciliation_sums_table(*reconciliation)), ElementsAre("G1|EUR|equal|1|2|2|0|0"));
}

TEST_F(ReconciliationTest, ExplainsRoundingByWhatTheRuleTookFromTheLines) {
  take_in({charge("0.5103")});
  const Cells line = {{"EffectiveUnitPrice", "0.0567"}, {"BillableQuantity", "10"}, {"PCToBCExchangeRate", "0.9"}};
  Cells rounded = line;
  rounded["Subtotal"] = "0.50";
  EXPECT_THAT(found(reconciliation_file({rounded})), ElementsAre("rounding 0.0103"));
  rounded["Subtotal"] = "0.49";  // no rule gives that
  EXPECT_THAT(found(reconciliation_file({rounded})), ElementsAre("unknown 0.0203"));
}

TEST_F(ReconciliationTest, ListsLinesWithoutChargesByWhatTheySayOfThemselves) {
  take_in({charge("1")});
  EXPECT_THAT(
      found(reconciliation_file({{{"Subtotal", "1"}},
                                 {{"Subtotal", "2"}, {"SkuId", "3"}, {"TermAndBillingCycle", "One-Year"}},
                                 {{"Subtotal", "3"}, {"SkuId", "4"}, {"ReservationOrderId", "R"}},
                                 {{"Subtotal", "4"}, {"SkuId", "5"}, {"PublisherName", "Contoso"}},
                                 {{"Subtotal", "-5"}, {"SkuId", "6"}, {"CreditReasonCode", "SLA"}},
                                 {{"Subtotal", "6"}, {"SkuId", "7"}}})),
      ElementsAre("seats-and-software -2", "commitment -3", "marketplace -4", "credit 5", "missing-charges -6"));
}

TEST_F(ReconciliationTest, ListsChargesThatDailyUsageLacks) {
  take_in({charge("1"), charge("2", {{"SkuId", "A"}, {"CommitmentDiscountCategory", "Usage"}}),
           charge("3", {{"SkuId", "B"}, {"x_PublisherType", "Marketplace"}}),
           charge("-4", {{"SkuId", "C"}, {"x_ChargeType", "Refund"}}), charge("5", {{"SkuId", "D"}}),
           charge("6", {{"SkuId", "E"}, {"InvoiceId", ""}}),
           charge("0.01", {{"SkuId", "F"}, {"ChargeCategory", "Adjustment"}})});
  const std::string file = usage_file({{{"BillingPreTaxTotal", "1"}}});
  EXPECT_THAT(found(file),
              ElementsAre("commitment 2", "marketplace 3", "credit -4", "missing-lines 5", "rounding 0.01"));
  // Of a month as a whole, charges without an invoice are compared too.
  EXPECT_THAT(found(file, ReadScope::of_partner({}, *Month::parse("2026-10"))),
              ElementsAre("not-billed-yet 6", "commitment 2", "marketplace 3", "credit -4", "missing-lines 5",
                          "rounding 0.01"));
}

TEST_F(ReconciliationTest, LooksAtDaysMetersAndResourcesWhereSumsDiffer) {
  take_in({charge("1"), charge("2", {{"ChargePeriodStart", "2026-10-06"}}), charge("4", {{"ResourceId", "/R/2"}})});
  EXPECT_THAT(found(usage_file({{{"BillingPreTaxTotal", "1"}},
                                {{"BillingPreTaxTotal", "4"}, {"ResourceURI", "/r/2"}},
                                {{"BillingPreTaxTotal", "8"}, {"MeterId", "M2"}}})),
              ElementsAre("missing-charges -8", "missing-lines 2"));
}

TEST_F(ReconciliationTest, FindsRowsThatAreThereTwice) {
  take_in({charge("1.5"), charge("1.5"), charge("3", {{"x_SubscriptionId", "s2"}})});
  const Cells of_second = {{"BillingPreTaxTotal", "3"}, {"EntitlementId", "S2"}};
  EXPECT_THAT(found(usage_file({{{"BillingPreTaxTotal", "1.5"}}, of_second, of_second})),
              ElementsAre("doubled-charges 1.5", "doubled-lines -3"));
  EXPECT_THAT(found(usage_file({{{"BillingPreTaxTotal", "1.5"}}, {{"BillingPreTaxTotal", "1.5"}}, of_second})),
              IsEmpty());
}

TEST_F(ReconciliationTest, RowsThatBothSidesHaveTwiceAreNotTooMany) {
  take_in({charge("1.5"), charge("1.5"), charge("2", {{"ResourceId", "/r/2"}}), charge("2", {{"ResourceId", "/r/2"}})});
  const Cells line = {{"BillingPreTaxTotal", "1.5"}};
  const Cells other = {{"BillingPreTaxTotal", "2"}, {"ResourceURI", "/r/2"}};
  EXPECT_THAT(found(usage_file({line, line, line, other, other})), ElementsAre("doubled-lines -1.5"));
  EXPECT_THAT(found(usage_file({line, line, line, other})), ElementsAre("doubled-lines -1.5", "doubled-charges 2"));
}

TEST_F(ReconciliationTest, RoundingOfRowsThatBothSidesHaveTwiceStaysRounding) {
  take_in({charge("1.509"), charge("1.509"), charge("2.507"), charge("4")});
  const auto line = [](const std::string& price, const std::string& subtotal) {
    return Cells{
        {"EffectiveUnitPrice", price}, {"BillableQuantity", "1"}, {"PCToBCExchangeRate", "1"}, {"Subtotal", subtotal}};
  };
  EXPECT_THAT(found(reconciliation_file({line("1.509", "1.50"), line("1.509", "1.50"), line("2.507", "2.50"),
                                         line("2.507", "2.50"), line("4", "4")})),
              ElementsAre("rounding 0.025", "doubled-lines -2.5"));
}

TEST_F(ReconciliationTest, NamesRatesAndCreditOnlyWhereTheyGiveTheDifference) {
  take_in({charge("9", {{"x_CostInPricingCurrency", "10"}, {"x_BillingExchangeRate", "0.9"}}),
           charge("100", {{"SkuId", "B"}, {"x_PartnerCreditRate", "0.15"}, {"x_PartnerCreditApplied", "False"}}),
           charge("85", {{"SkuId", "C"}, {"x_PartnerCreditRate", "0.15"}, {"x_PartnerCreditApplied", "True"}}),
           charge("7", {{"SkuId", "D"}})});
  const auto line = [](const std::string& amount, const std::string& product, const std::string& rate) {
    return Cells{{"BillingPreTaxTotal", amount}, {"ProductId", product}, {"SkuId", ""}, {"PCToBCExchangeRate", rate}};
  };
  EXPECT_THAT(
      found(usage_file(
          {line("9.1", "DZH318Z0BQ350002", "0.91"), line("85", "B", ""), line("100", "C", ""), line("6.99", "D", "")})),
      ElementsAre("partner-earned-credit 15", "partner-earned-credit -15", "unknown 0.01", "exchange-rate -0.1"));
}

TEST_F(ReconciliationTest, FindsTheOtherInvoiceOfTheSameKeyAndAmount) {
  take_in({charge("1"), charge("5", {{"SkuId", "B"}, {"InvoiceId", "G0"}}),
           charge("6", {{"SkuId", "C"}, {"InvoiceId", ""}}), charge("7", {{"SkuId", "D"}, {"InvoiceId", "G0"}})});
  const auto reconciliation = ask({usage_file({{{"BillingPreTaxTotal", "1"}},
                                               {{"BillingPreTaxTotal", "5"}, {"ProductId", "B"}, {"SkuId", ""}},
                                               {{"BillingPreTaxTotal", "6"}, {"ProductId", "C"}, {"SkuId", ""}},
                                               {{"BillingPreTaxTotal", "8"}, {"ProductId", "D"}, {"SkuId", ""}}})});
  ASSERT_TRUE(reconciliation) << reconciliation.error().message();
  std::vector<std::string> lines;
  for (const Difference& one : reconciliation->differences) {
    lines.push_back(fmt::format("{} {} {}", difference_class_name(one.why), one.amount.to_string(), one.other_invoice));
  }
  EXPECT_THAT(lines, ElementsAre("other-invoice -5 G0", "not-billed-yet -6 ", "missing-charges -8 "));
}

TEST_F(ReconciliationTest, NeverMixesCurrencies) {
  take_in({charge("1")});
  EXPECT_THAT(found(usage_file({{{"BillingPreTaxTotal", "1"}, {"BillingCurrency", "USD"}}})),
              ElementsAre("missing-lines 1", "missing-charges -1"));
}

TEST_F(ReconciliationTest, ShowsTaxByItself) {
  take_in({charge("1")});
  EXPECT_THAT(found(reconciliation_file({{{"Subtotal", "1"}, {"TaxTotal", "0.19"}}})), ElementsAre("tax -0.19"));
}

TEST_F(ReconciliationTest, TakesInvoicesOfZero) {
  take_in({charge("1"), charge("-1")});
  EXPECT_THAT(found(reconciliation_file({{{"Subtotal", "0.00"}}})), IsEmpty());
}

TEST_F(ReconciliationTest, RefusesFilesThatDoNotFit) {
  EXPECT_THAT(error_of({usage_file({{}})}), HasSubstr("there are no charges"));
  take_in({charge("1")});
  EXPECT_THAT(error_of({usage_file({{{"PartnerId", "other"}}})}), HasSubstr("of another partner"));
  EXPECT_THAT(error_of({usage_file({{}}), reconciliation_file({{}})}), HasSubstr("two kinds"));
  EXPECT_THAT(error_of({usage_file({{}})}, "G2"), HasSubstr("no line to compare: invoice G2"));
  const auto of_customer = ask({usage_file({{}})}, {Audience::kCostView, std::set{CustomerId("contoso")}});
  ASSERT_FALSE(of_customer);
  EXPECT_EQ(of_customer.error().id, ErrorId::kPartnerOnly);
}

// Plants one difference of each kind into equal sides, and finds each with its amount.
class RandomReconciliationTest : public ReconciliationTest {
 protected:
  struct Planted {
    std::vector<TestCharge> charges;
    std::vector<Cells> lines;
    std::map<std::string, Decimal> sums;  // by class
  };

  Planted plant(std::mt19937_64& random) {
    Planted planted;
    const auto cents = [&random] { return static_cast<std::int64_t>(random() % 100'000 + 1); };
    for (int key = 0; key < 40; ++key) {
      const std::string subscription = fmt::format("s{}", key / 4);
      const std::string product = fmt::format("p{}", key % 4);
      for (int day = 1; day <= 3; ++day) {
        const std::string amount = fmt::format("{}.{:02}", cents(), random() % 100);
        const std::string date = fmt::format("2026-10-{:02}", day);
        const TestCharge row =
            charge(amount, {{"x_SubscriptionId", subscription}, {"SkuId", product}, {"ChargePeriodStart", date}});
        const Cells line = {{"EntitlementId", subscription},
                            {"ProductId", product},
                            {"SkuId", ""},
                            {"UsageDate", date},
                            {"BillingPreTaxTotal", amount}};
        plant_row(random() % 12, row, line, test_decimal(amount), planted);
      }
    }
    std::ranges::shuffle(planted.lines, random);
    return planted;
  }

 private:
  static void plant_row(std::uint64_t what, TestCharge row, const Cells& line, Decimal amount, Planted& planted) {
    if (what != 0) planted.charges.push_back(row);
    if (what == 0) planted.sums["missing-charges"] += amount.negated();
    if (what != 1) planted.lines.push_back(line);
    if (what == 1) planted.sums["missing-lines"] += amount;
    if (what == 2) {
      planted.lines.push_back(line);
      planted.sums["doubled-lines"] += amount.negated();
    }
    if (what == 3) {
      Cells& changed = planted.lines.back();
      changed["BillingPreTaxTotal"] = (amount + test_decimal("0.01")).to_string();
      planted.sums["unknown"] += test_decimal("-0.01");
    }
  }
};

TEST_F(RandomReconciliationTest, PlantedDifferencesAreFoundClassedAndSummed) {
  for (const std::uint64_t seed : test_seeds(5)) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const Planted planted = plant(random);
    TestLake lake;
    lake.publish({lake.add_import({.dataset = Dataset::kActualCost, .charges = planted.charges})});
    const auto found = reconcile(lake.reader(), ReadScope::of_partner(),
                                 {.lines = {lines_of_file(file_of("f", usage_file(planted.lines)))}, .invoice = {}});
    ASSERT_TRUE(found) << found.error().message();
    std::map<std::string, Decimal> sums;
    for (const DifferenceSum& sum : found->sums) {
      if (sum.why != DifferenceClass::kEqual) sums[std::string(difference_class_name(sum.why))] += sum.amount;
    }
    EXPECT_EQ(sums, planted.sums);
    EXPECT_EQ(found->holds(), !planted.sums.contains("unknown"));
  }
}

}  // namespace
}  // namespace apportion
