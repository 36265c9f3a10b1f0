#include "query/change_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ChangeReportTest : public ::testing::Test {
 protected:
  ChangeReportTest() { lake_.add_customers({"contoso", "fabrikam"}); }

  // One charge for each amount, whole to the customer beside it.
  ChargeSet publish(const std::vector<std::pair<std::string, std::string>>& amounts, bool with_split = true) {
    TestImport import{.dataset = Dataset::kFocusCost, .charges = {}};
    for (const auto& [customer, amount] : amounts) {
      import.charges.push_back({{"BilledCost", amount}, { "EffectiveCost", amount }});
    }
    const Import added = lake_.add_import(import);
    ChargeSet set = lake_.publish({added});
    if (!with_split) return set;
    std::vector<TestAssignment> assignments;
    for (std::size_t i = 0; i < amounts.size(); ++i) {
      assignments.push_back({TestLake::row_of(added, static_cast<std::int64_t>(i)), amounts[i].first, 1});
    }
    lake_.split(set, assignments);
    return set;
  }

  Table report(ChangeRequest request) {
    request.scope = ReadScope::of_partner();
    auto table = change_report(lake_.reader(), request);
    EXPECT_TRUE(table) << table.error().message();
    return table ? *table : Table();
  }

  TestLake lake_;
};

TEST_F(ChangeReportTest, ComparesWithWhatWasReplaced) {
  publish({{"fabrikam", "100"}});
  publish({{"contoso", "10"}, {"fabrikam", "5"}});
  publish({{"contoso", "10"}, {"fabrikam", "3"}, {"unassigned", "0.5"}});
  EXPECT_THAT(lines_of(report({})), ElementsAre("acme|2026-10|contoso|Name of contoso|EUR|1|1|10|10|0|10|10|0",
                                                "acme|2026-10|fabrikam|Name of fabrikam|EUR|1|1|5|3|-2|5|3|-2",
                                                "acme|2026-10|unassigned|unassigned|EUR|0|1|0|0.5|0.5|0|0.5|0.5"));
  EXPECT_THAT(lines_of(report({.scope = {}, .before = {}, .after = {}, .only_differences = true})).size(), 2u);
}

TEST_F(ChangeReportTest, ByLineEqualRowsCancelAndNoneIsLost) {
  publish({{"contoso", "10"}, {"contoso", "10"}, {"contoso", "3"}, {"fabrikam", "5"}});
  publish({{"contoso", "10"}, {"contoso", "3"}, {"contoso", "3"}, {"fabrikam", "5"}});
  const Table table = report({.scope = {}, .lines = true});
  ASSERT_EQ(lines_of(table).size(), 1u);
  EXPECT_THAT(lines_of(table)[0], HasSubstr("|contoso|Name of contoso|EUR|changed|"));
  EXPECT_THAT(lines_of(table)[0], HasSubstr("|3|3|23|16|-7|23|16|-7|"));
  publish({{"contoso", "10"}, {"contoso", "3"}, {"contoso", "3"}, {"fabrikam", "5"}});
  EXPECT_THAT(report({.scope = {}, .lines = true}).rows, IsEmpty());
}

TEST_F(ChangeReportTest, ByColumnsTheLargestDifferencesFirst) {
  publish({{"contoso", "10"}, {"fabrikam", "5"}});
  publish({{"contoso", "11"}, {"fabrikam", "1"}});
  EXPECT_THAT(lines_of(report({.scope = {}, .by = {"ChargeCategory", "customerid"}})),
              ElementsAre("acme|2026-10|fabrikam|Name of fabrikam|EUR|changed|Usage|1|1|5|1|-4|5|1|-4",
                          "acme|2026-10|contoso|Name of contoso|EUR|changed|Usage|1|1|10|11|1|10|11|1"));
  const Table top = report({.scope = {}, .by = {"CustomerId"}, .top = 1});
  EXPECT_THAT(lines_of(top), ElementsAre("acme|2026-10|fabrikam|Name of fabrikam|EUR|changed|1|1|5|1|-4|5|1|-4"));
  EXPECT_THAT(top.notices, Contains(HasSubstr("1 more line")));
  const auto wrong = change_report(lake_.reader(), {.scope = ReadScope::of_partner(), .by = {"ChargeKategory"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().id, ErrorId::kNoSuchColumn);
}

TEST_F(ChangeReportTest, ComparesAnyTwoOfAMonth) {
  const ChargeSet first = publish({{"fabrikam", "100"}});
  publish({{"contoso", "10"}});
  const ChargeSet third = publish({{"fabrikam", "99"}});
  EXPECT_THAT(lines_of(report({.scope = ReadScope::of_partner(), .before = first.id, .after = third.id})),
              ElementsAre("acme|2026-10|fabrikam|Name of fabrikam|EUR|1|1|100|99|-1|100|99|-1"));
  const auto half = change_report(lake_.reader(), {.scope = ReadScope::of_partner(), .before = first.id});
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().id, ErrorId::kComparisonNeedsTwo);
}

TEST_F(ChangeReportTest, ChargesThatWereNeverSplitAreUnassigned) {
  publish({{"contoso", "10"}}, false);
  publish({{"contoso", "10"}});
  const Table table = report({});
  EXPECT_THAT(lines_of(table), ElementsAre("acme|2026-10|contoso|Name of contoso|EUR|0|1|0|10|10|0|10|10",
                                           "acme|2026-10|unassigned|unassigned|EUR|1|0|10|0|-10|10|0|-10"));
  EXPECT_THAT(table.notices, Contains(HasSubstr("the split changed too, from no split")));
}

TEST_F(ChangeReportTest, AnEffectiveCostWithoutAmortizedRunIsUnknown) {
  const Import actual = lake_.add_import({.dataset = Dataset::kActualCost, .charges = {{{"BilledCost", "7"}}}});
  lake_.split(lake_.publish({actual}), {{TestLake::row_of(actual, 0), "contoso", 1}});
  publish({{"contoso", "10"}});
  EXPECT_THAT(lines_of(report({})), ElementsAre("acme|2026-10|contoso|Name of contoso|EUR|1|1|7|10|3||10|"));
}

TEST_F(ChangeReportTest, AVersionThatIsNotKeptSaysSinceWhenAndWhy) {
  const ChargeSet first = publish({{"contoso", "10"}});
  publish({{"contoso", "11"}});
  const ChargeSet last = publish({{"contoso", "12"}});
  lake_.give_up_superseded_files(400);
  const Table table = report({});
  EXPECT_THAT(table.rows, IsEmpty());
  EXPECT_THAT(table.notices,
              ElementsAre("acme 2026-10: nothing to compare, since what was published before was removed "
                          "at 2027-12-27T12:00:00Z (`lake.keep-superseded-days` was 400)"));
  const auto named = change_report(
      lake_.reader(),
      {.scope = ReadScope::of_partner(), .before = first.id, .after = last.id, .only_differences = false});
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().id, ErrorId::kLakeFileRemoved);
  EXPECT_THAT(named.error().why, HasSubstr("400 days, the setting `lake.keep-superseded-days`"));
  EXPECT_THAT(named.error().why, HasSubstr("removed on 2027-12-27"));
}

TEST_F(ChangeReportTest, AMonthThatWasPublishedOnceHasNothingToCompare) {
  publish({{"contoso", "10"}});
  const Table table = report({});
  EXPECT_THAT(table.rows, IsEmpty());
  EXPECT_THAT(table.notices, ElementsAre(HasSubstr("acme 2026-10 was published only once")));
}

}  // namespace
}  // namespace apportion
