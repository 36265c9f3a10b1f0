#include "query/explain.h"

#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ExplainTest : public ::testing::Test {
 protected:
  ExplainTest() {
    lake_.add_customers({"contoso", "fabrikam"});
    actual_ = lake_.add_import({.dataset = Dataset::kActualCost, .charges = {}, .mirror = {{{"BilledCost", "10"}}}});
    amortized_ = lake_.add_import({.dataset = Dataset::kAmortizedCost,
                                   .charges = {{{"BilledCost", "10"},
                                                {"EffectiveCost", "10"},
                                                {"x_ChargeType", "Usage"},
                                                {"x_SourceChanges", "name mended; price mended"}}}});
    charges_ = lake_.publish({actual_, amortized_});
    row_ = RowId(amortized_.id, 0);
    lake_.split(charges_, {{row_.stored(), "contoso", 1, "4", "3"}, {row_.stored(), "fabrikam", 1, "6", "7"}});
  }

  Result<RowExplanation> explain(RowId row) { return explain_row(lake_.reader(), ReadScope::of_partner(), row); }

  TestLake lake_;
  Import actual_, amortized_;
  ChargeSet charges_;
  RowId row_ = RowId::from_stored(0);
};

TEST(RowIdText, ReadsBothForms) {
  EXPECT_EQ(parse_row_id("12:34")->stored(), RowId(ImportId(12), 34).stored());
  EXPECT_EQ(row_id_text(*parse_row_id(std::to_string(RowId(ImportId(12), 34).stored()))), "12:34");
  for (const char* text : {"", ":", "1:", ":1", "-1", "1:-1", "1:2:3", "a", "99999999:0", "1:549755813888", " 1:2"}) {
    EXPECT_FALSE(parse_row_id(text)) << text;
  }
}

TEST_F(ExplainTest, AnEffectiveCostWithoutAmortizedRunIsUnknown) {
  const Import alone =
      lake_.add_import({.dataset = Dataset::kActualCost, .charges = {{{"BilledCost", "7"}}}, .month = "2026-09"});
  lake_.split(lake_.publish({alone}), {{TestLake::row_of(alone, 0), "contoso", 1, "3", "0"},
                                       {TestLake::row_of(alone, 0), "fabrikam", 1, "4", "0"}});
  const auto explained = explain(RowId(alone.id, 0));
  ASSERT_TRUE(explained) << explained.error().message();
  ASSERT_EQ(explained->assignments.size(), 2u);
  EXPECT_EQ(cell_text(explained->assignments[0].costs[0]), "3");
  EXPECT_EQ(cell_text(explained->assignments[0].costs[1]), "");
  const auto table = explain_customer(lake_.reader(), ReadScope::of_partner(), CustomerId("contoso"));
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_THAT(lines_of(*table), ElementsAre("acme|2026-09|1|first|EUR|1|3|||", "acme|2026-10|1|first|EUR|1|4|3||"));
}

TEST_F(ExplainTest, TracesARowToItsFileAndItsCustomers) {
  const auto explained = explain(row_);
  ASSERT_TRUE(explained) << explained.error().message();
  EXPECT_EQ(explained->fate, RowFate::kCurrent);
  EXPECT_EQ(explained->connection, "acme");
  EXPECT_EQ(explained->import->run_id, amortized_.run_id);
  EXPECT_EQ(explained->file, "part_1.csv");
  EXPECT_EQ(explained->line, 2);
  EXPECT_THAT(explained->changes, ElementsAre("name mended", "price mended"));
  ASSERT_EQ(explained->assignments.size(), 2u);
  EXPECT_EQ(explained->assignments[1].customer_name, "Name of fabrikam");
  EXPECT_EQ(explained->assignments[1].rule_name, "first");
  EXPECT_TRUE(explained->assignments[1].is_share);
  EXPECT_EQ(explained->assignments[1].id, fmt::format("{}/share/fabrikam", row_.stored()));
  EXPECT_EQ(cell_text(explained->assignments[1].costs[1]), "7");
}

TEST_F(ExplainTest, KnowsWhatBecameOfOtherRows) {
  EXPECT_EQ(explain(RowId(actual_.id, 0))->fate, RowFate::kRepeated);
  const Import unused = lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {{{"BilledCost", "1"}}}});
  EXPECT_EQ(explain(RowId(unused.id, 0))->fate, RowFate::kUnused);
  const Import later = lake_.add_import({.dataset = Dataset::kAmortizedCost, .charges = {{{"BilledCost", "11"}}}});
  const ChargeSet set = lake_.publish({actual_, later}, {{{"BilledCost", "-1"}}});
  const auto superseded = explain(row_);
  ASSERT_TRUE(superseded);
  EXPECT_EQ(superseded->fate, RowFate::kSuperseded);
  EXPECT_EQ(superseded->charge_set, charges_.id);
  EXPECT_EQ(superseded->assignments.size(), 2u);
  const auto timing = explain(RowId(ImportId(later.id.raw() + 1), 1));
  ASSERT_TRUE(timing) << timing.error().message();
  EXPECT_FALSE(timing->import);
  EXPECT_EQ(timing->charge_set, set.id);
  EXPECT_EQ(timing->fate, RowFate::kCurrent);
  const auto unknown = explain(RowId(ImportId(77), 1));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().id, ErrorId::kNoSuchRow);
  EXPECT_THAT(unknown.error().message(), HasSubstr("77:1"));
}

TEST_F(ExplainTest, ARowOfFilesThatAreNotKeptSaysSo) {
  for (const char* cost : {"11", "12"}) {
    const Import later = lake_.add_import({.dataset = Dataset::kAmortizedCost, .charges = {{{"BilledCost", cost}}}});
    lake_.publish({actual_, later});
  }
  ASSERT_TRUE(explain(row_));
  lake_.give_up_superseded_files(400);
  const auto explained = explain(row_);
  ASSERT_FALSE(explained);
  EXPECT_EQ(explained.error().id, ErrorId::kLakeFileRemoved);
  EXPECT_THAT(explained.error().message(), HasSubstr("removed on 2027-12-27"));
  EXPECT_EQ(explain(RowId(actual_.id, 0))->fate, RowFate::kRepeated) << "other rows are found all the same";
  EXPECT_EQ(explain(RowId(ImportId(77), 1)).error().id, ErrorId::kNoSuchRow);
}

TEST_F(ExplainTest, SumsACustomerByRule) {
  const auto of = [&](const char* customer) {
    return explain_customer(lake_.reader(), ReadScope::of_partner(), CustomerId(customer));
  };
  const auto contoso = of("contoso");
  ASSERT_TRUE(contoso) << contoso.error().message();
  EXPECT_THAT(lines_of(*contoso), ElementsAre("acme|2026-10|1|first|EUR|1|4|3||"));
  EXPECT_THAT(lines_of(*of("unassigned")), IsEmpty());
  ASSERT_FALSE(of("nobody"));
  EXPECT_EQ(of("nobody").error().id, ErrorId::kNoSuchCustomer);
}

}  // namespace
}  // namespace apportion
