#include "query/proof.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Day kToday = *Day::parse("2026-12-20");

TestCharge charge(const std::string& billed, const std::string& effective, const std::string& category = "Usage") {
  return {{"BilledCost", billed}, {"EffectiveCost", effective}, {"ChargeCategory", category}};
}

class ProofTest : public ::testing::Test {
 protected:
  ProofTest() { lake_.add_customers({"contoso", "fabrikam"}); }

  // A purchase of 100 in the actual file; usage of 10.25 in both; 0.000000000000000001 of the commitment used.
  void import_cost_details(std::int64_t rejected = 0) {
    actual_ = lake_.add_import({.dataset = Dataset::kActualCost,
                                .charges = {charge("100", "0", "Purchase")},
                                .mirror = {charge("10.25", "0")},
                                .rejected = rejected});
    amortized_ = lake_.add_import({.dataset = Dataset::kAmortizedCost,
                                   .charges = {charge("10.25", "10.25"), charge("0", "0.000000000000000001")}});
  }

  void publish_and_split() {
    const ChargeSet set = lake_.publish({actual_, amortized_});
    lake_.split(set, {{TestLake::row_of(actual_, 0), "unassigned"},
                      {TestLake::row_of(amortized_, 0), "contoso", 1, "4", "4"},
                      {TestLake::row_of(amortized_, 0), "fabrikam", 1, "6.25", "6.25"},
                      {TestLake::row_of(amortized_, 1), "contoso", 2}});
  }

  // Charges all at once, and one after another: that makes no difference.
  Proof proof() {
    auto result = prove(lake_.reader(), ReadScope::of_partner(), kToday);
    EXPECT_TRUE(result) << result.error().message();
    const auto in_parts = prove(lake_.reader(), ReadScope::of_partner(), kToday, 1);
    EXPECT_TRUE(in_parts) << in_parts.error().message();
    if (!result || !in_parts) return {};
    EXPECT_EQ(described(*in_parts), described(*result));
    return *result;
  }

  static std::string described(const Proof& proof) {
    std::string text;
    for (const MonthProof& month : proof.months) {
      for (const std::string& reason : month.reasons) text += reason + "\n";
      for (const CurrencyProof& currency : month.currencies) {
        for (const ProofSums& sums : {currency.billed, currency.effective})
          text += fmt::format("{} {}\n", sums.assigned.to_string(), sums.unassigned.to_string());
        for (const MetricProof& sums : currency.metrics) {
          for (const auto& sum : {sums.assigned, sums.unassigned}) text += (sum ? sum->to_string() : "unknown") + "\n";
        }
      }
    }
    return text;
  }

  TestLake lake_;
  Import actual_, amortized_;
};

TEST_F(ProofTest, Holds) {
  import_cost_details();
  publish_and_split();
  const Proof result = proof();
  EXPECT_TRUE(result.holds());
  const MonthProof& month = result.months[0];
  EXPECT_EQ(month.rows.source, 4);
  EXPECT_EQ(month.rows.stored, 4);
  ASSERT_EQ(month.currencies.size(), 1u);
  const CurrencyProof& euro = month.currencies[0];
  EXPECT_EQ(euro.billed.source, test_decimal("110.25"));
  EXPECT_EQ(euro.billed.assigned, test_decimal("10.25"));
  EXPECT_EQ(euro.billed.unassigned, test_decimal("100"));
  EXPECT_EQ(euro.effective.source, test_decimal("10.250000000000000001"));
  EXPECT_EQ(euro.effective.assigned, test_decimal("10.250000000000000001"));
  ASSERT_EQ(euro.by_category.size(), 2u);
  EXPECT_EQ(euro.by_category[0].category, "Purchase");
  EXPECT_EQ(euro.by_category[0].billed.source, test_decimal("100"));
}

TEST_F(ProofTest, AnEmptyHomeProvesNothing) {
  const Proof result = proof();
  EXPECT_FALSE(result.holds());
  EXPECT_THAT(result.reasons, ElementsAre(HasSubstr("nothing to prove")));
}

TEST_F(ProofTest, RejectsBreakIt) {
  import_cost_details(2);
  publish_and_split();
  const Proof result = proof();
  EXPECT_FALSE(result.holds());
  EXPECT_THAT(result.months[0].reasons,
              ElementsAre(fmt::format("2 rows of import {} were rejected", actual_.id.raw())));
  EXPECT_EQ(result.months[0].rows.source, 6);
  EXPECT_EQ(result.months[0].rows.rejected, 2);
}

TEST_F(ProofTest, AMonthWithoutSplitDoesNotHold) {
  import_cost_details();
  lake_.publish({actual_, amortized_});
  const Proof result = proof();
  EXPECT_THAT(result.months[0].reasons, ElementsAre("the month is not split"));
  EXPECT_EQ(result.months[0].currencies[0].billed.unassigned, test_decimal("110.25"));
}

TEST_F(ProofTest, AMissingImportMakesTheSourceUnknown) {
  import_cost_details();
  const ChargeSet set = lake_.publish({amortized_});
  lake_.split(set, {{TestLake::row_of(amortized_, 0), "contoso", 1}, {TestLake::row_of(amortized_, 1), "contoso", 2}});
  const Proof result = proof();
  EXPECT_THAT(result.months[0].reasons, ElementsAre(HasSubstr("no actual costs were imported")));
  EXPECT_FALSE(result.months[0].currencies[0].billed.source);
}

TEST_F(ProofTest, FindsChargesThatAreNotTheSource) {
  import_cost_details();
  const ChargeSet set = lake_.publish({actual_, amortized_}, {charge("0.5", "0")});
  lake_.split(set, {{TestLake::row_of(actual_, 0), "unassigned"},
                    {TestLake::row_of(amortized_, 0), "contoso", 1},
                    {TestLake::row_of(amortized_, 1), "contoso", 2}});
  const Proof result = proof();
  EXPECT_THAT(result.months[0].reasons, Contains("billed cost of Usage in EUR differs by -0.5"));
  EXPECT_THAT(result.months[0].reasons, Contains(HasSubstr("assigned once")));
  EXPECT_EQ(result.months[0].currencies[0].billed.difference(), test_decimal("-0.5"));
  EXPECT_EQ(result.months[0].timing_rows, 1);
}

// The sum over all categories would hide this.
TEST_F(ProofTest, FindsAmountsThatChangedTheirCategory) {
  import_cost_details();
  const ChargeSet set =
      lake_.publish({actual_, amortized_}, {charge("1", "0", "Purchase"), charge("-1", "0", "Usage")});
  const std::int64_t timing = RowId(ImportId(amortized_.id.raw() + 1), 1).stored();
  lake_.split(set, {{TestLake::row_of(actual_, 0), "unassigned"},
                    {TestLake::row_of(amortized_, 0), "contoso", 1},
                    {TestLake::row_of(amortized_, 1), "contoso", 2},
                    {timing, "contoso", 1},
                    {timing + 1, "contoso", 1}});
  const Proof result = proof();
  EXPECT_THAT(result.months[0].reasons,
              ElementsAre("billed cost of Purchase in EUR differs by -1", "billed cost of Usage in EUR differs by 1"));
  EXPECT_TRUE(result.months[0].currencies[0].billed.difference().is_zero());
}

TEST_F(ProofTest, FindsChargesAssignedTwiceAndSharesThatDoNotSum) {
  import_cost_details();
  const ChargeSet set = lake_.publish({actual_, amortized_});
  lake_.split(set, {{TestLake::row_of(actual_, 0), "unassigned"},
                    {TestLake::row_of(actual_, 0), "contoso", 1},
                    {TestLake::row_of(amortized_, 0), "contoso", 1, "4", "4"},
                    {TestLake::row_of(amortized_, 1), "contoso", 2}});
  const auto reasons = proof().months[0].reasons;
  EXPECT_THAT(
      reasons,
      Contains("each charge must be assigned once, whole or in shares: of 3 charges, 3 are reached by 4 assignments"));
  EXPECT_THAT(reasons, Contains("the shares of 1 charge do not add up to the whole"));
  EXPECT_THAT(reasons, Contains(HasSubstr("billed cost of Purchase in EUR differs by -100")));
}

TEST_F(ProofTest, CountsRowsInTheFiles) {
  actual_ =
      lake_.add_import({.dataset = Dataset::kActualCost, .charges = {charge("1", "0")}, .mirror = {}, .missing = 1});
  amortized_ = lake_.add_import({.dataset = Dataset::kAmortizedCost, .charges = {charge("0", "1")}});
  const ChargeSet set = lake_.publish({actual_, amortized_});
  lake_.split(set, {{TestLake::row_of(actual_, 0), "contoso"}, {TestLake::row_of(amortized_, 0), "contoso"}});
  const Proof result = proof();
  EXPECT_EQ(result.months[0].rows.stored, 2);
  EXPECT_THAT(result.months[0].reasons, ElementsAre(HasSubstr("but 1 stored")));
}

// Costs and quantities that a charge may lack, by their columns, and what they are called.
struct Metric {
  const char* column;
  const char* words;
  ChargeMetric metric;

  friend void PrintTo(const Metric& metric, std::ostream* out) { *out << metric.column; }
};

class ProofOfMetric : public ProofTest, public ::testing::WithParamInterface<Metric> {
 protected:
  // One charge that has the metric, and one that lacks it; `read` is what was understood of the file.
  void import_focus(std::vector<TestCharge> read = {}, bool notes_metrics = true) {
    focus_ = lake_.add_import({.dataset = Dataset::kFocusCost,
                               .charges = {with("7.000000000000000001"), charge("1", "1")},
                               .read = std::move(read),
                               .notes_metrics = notes_metrics});
    set_ = lake_.publish({focus_});
  }

  void split_whole() {
    lake_.split(set_, {{TestLake::row_of(focus_, 0), "contoso", 1}, {TestLake::row_of(focus_, 1), "unassigned"}});
  }

  void split_in_shares(const TestCharge& first, const TestCharge& second) {
    lake_.split(set_, {{TestLake::row_of(focus_, 0), "contoso", 1, "1", "1", first},
                       {TestLake::row_of(focus_, 0), "fabrikam", 1, "1", "1", second},
                       {TestLake::row_of(focus_, 1), "unassigned"}});
  }

  TestCharge with(const std::string& value) const {
    TestCharge row = charge("2", "2");
    row[GetParam().column] = value;
    return row;
  }

  static const MetricProof& metric_of(const Proof& proof) {
    return proof.months[0].currencies[0].metrics[static_cast<std::size_t>(GetParam().metric)];
  }

  Import focus_;
  ChargeSet set_;
};

TEST_P(ProofOfMetric, IsFollowedFromTheFileToTheCustomers) {
  import_focus();
  split_whole();
  const Proof result = proof();
  EXPECT_TRUE(result.holds());
  const MetricProof& metric = metric_of(result);
  EXPECT_EQ(metric.source, test_decimal("7.000000000000000001"));
  EXPECT_EQ(metric.charges, test_decimal("7.000000000000000001"));
  EXPECT_EQ(metric.assigned, test_decimal("7.000000000000000001"));
  EXPECT_EQ(metric.unassigned, std::nullopt) << "what is unknown is not zero";
  EXPECT_EQ(metric.unknown_rows, 1);
}

TEST_P(ProofOfMetric, AnotherValueInTheLakeIsFound) {
  import_focus({with("7"), charge("1", "1")});
  split_whole();
  const auto reasons = proof().months[0].reasons;
  EXPECT_THAT(reasons,
              ElementsAre(fmt::format("{} of Usage in EUR differs by -0.000000000000000001", GetParam().words)));
}

TEST_P(ProofOfMetric, AnUnknownValueThatBecameZeroIsFound) {
  import_focus({with("7.000000000000000001"), with("0")});
  split_whole();
  EXPECT_THAT(proof().months[0].reasons,
              ElementsAre(fmt::format("{} of Usage in EUR is unknown in 1 charge, but 0 rows lacked it when they were "
                                      "read",
                                      GetParam().words)));
}

TEST_P(ProofOfMetric, AValueThatNoRowHadIsFound) {
  import_focus({charge("2", "2"), charge("1", "1")});
  split_whole();
  EXPECT_THAT(proof().months[0].reasons,
              Contains(fmt::format("{} of Usage in EUR differs by -7.000000000000000001", GetParam().words)));
}

TEST_P(ProofOfMetric, AnEarlierVersionNotedNothing) {
  import_focus({}, false);
  split_whole();
  const Proof result = proof();
  EXPECT_TRUE(result.holds());
  EXPECT_EQ(metric_of(result).source, std::nullopt);
  EXPECT_EQ(metric_of(result).charges, test_decimal("7.000000000000000001"));
  EXPECT_THAT(result.months[0].notes, Contains(HasSubstr("did not yet note list costs")));
}

TEST_P(ProofOfMetric, SharesSumToTheirCharge) {
  import_focus();
  const std::string column = GetParam().column;
  split_in_shares({{column, "3"}}, {{column, "4.000000000000000001"}});
  const Proof result = proof();
  EXPECT_TRUE(result.holds());
  EXPECT_EQ(metric_of(result).assigned, test_decimal("7.000000000000000001"));
}

TEST_P(ProofOfMetric, SharesThatDoNotSumAreFound) {
  import_focus();
  const std::string column = GetParam().column;
  split_in_shares({{column, "3"}}, {{column, "4"}});
  EXPECT_THAT(proof().months[0].reasons,
              ElementsAre("the shares of 1 charge do not add up to the whole",
                          fmt::format("{} of Usage in EUR differs by 0.000000000000000001", GetParam().words)));
}

TEST_P(ProofOfMetric, TimingRowsLackWhatTheyLack) {
  import_cost_details();
  const ChargeSet set = lake_.publish({actual_, amortized_}, {charge("1", "0"), charge("-1", "0")});
  const std::int64_t timing = RowId(ImportId(amortized_.id.raw() + 1), 1).stored();
  lake_.split(set, {{TestLake::row_of(actual_, 0), "unassigned"},
                    {TestLake::row_of(amortized_, 0), "contoso", 1},
                    {TestLake::row_of(amortized_, 1), "contoso", 2},
                    {timing, "contoso", 1},
                    {timing + 1, "contoso", 1}});
  const Proof result = proof();
  EXPECT_TRUE(result.holds());
  EXPECT_EQ(metric_of(result).unknown_rows, 5);
}

INSTANTIATE_TEST_SUITE_P(
    Metrics, ProofOfMetric,
    ::testing::Values(Metric{"ListCost", "list cost", ChargeMetric::kListCost},
                      Metric{"ContractedCost", "contracted cost", ChargeMetric::kContractedCost},
                      Metric{"ConsumedQuantity", "consumed quantity", ChargeMetric::kConsumedQuantity},
                      Metric{"PricingQuantity", "pricing quantity", ChargeMetric::kPricingQuantity}),
    [](const auto& test) { return std::string(test.param.column); });

TEST_F(ProofTest, ADamagedFileProvesNothing) {
  import_cost_details();
  publish_and_split();
  ASSERT_TRUE(lake_.engine().execute(
      fmt::format("COPY (SELECT * FROM read_parquet('{0}/{1}') LIMIT 0) TO '{0}/{1}' (FORMAT parquet)",
                  lake_.lake_folder().string(), actual_.files[1].file.path)));
  const Proof result = proof();
  EXPECT_FALSE(result.holds());
  EXPECT_THAT(result.months[0].reasons, ElementsAre(HasSubstr("a file of the lake is damaged")));
  EXPECT_TRUE(result.months[0].currencies.empty());
}

TEST_F(ProofTest, ComparesAFocusExportBesideIt) {
  import_cost_details();
  lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {charge("110", "10.250000000000000001")}});
  publish_and_split();
  const Proof result = proof();
  EXPECT_TRUE(result.holds());
  ASSERT_EQ(result.months[0].focus.size(), 1u);
  EXPECT_EQ(result.months[0].focus[0].billed_difference, test_decimal("-0.25"));
  EXPECT_TRUE(result.months[0].focus[0].effective_difference.is_zero());
}

TEST_F(ProofTest, AWithdrawnFocusExportIsNotCompared) {
  import_cost_details();
  const Import focus = lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {charge("110", "10")}});
  publish_and_split();
  ASSERT_TRUE(lake_.control_plane().withdraw_import(focus.id, "exported at the wrong scope"));
  EXPECT_TRUE(proof().months[0].focus.empty());
}

TEST_F(ProofTest, AFocusExportAloneIsItsOwnSource) {
  const Import focus = lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {charge("5", "4")}});
  const ChargeSet set = lake_.publish({focus});
  lake_.split(set, {{TestLake::row_of(focus, 0), "contoso", 1}});
  const Proof result = proof();
  EXPECT_TRUE(result.holds());
  EXPECT_EQ(result.months[0].currencies[0].effective.source, test_decimal("4"));
}

}  // namespace
}  // namespace apportion
