#include "query/charge_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;

class ChargeRowsTest : public ::testing::Test {
 protected:
  ChargeRowsTest() {
    lake_.add_customers({"contoso", "fabrikam"});
    const Import import = lake_.add_import({.dataset = Dataset::kFocusCost,
                                            .charges = {{{"BilledCost", "3"}, {"ServiceName", "Storage"}},
                                                        {{"BilledCost", "2"}, {"ServiceName", "Compute"}},
                                                        {{"BilledCost", "1"}, {"ServiceName", "Compute"}}}});
    lake_.split(lake_.publish({import}), {{TestLake::row_of(import, 0), "contoso", 1},
                                          {TestLake::row_of(import, 1), "contoso", 2, "0.5", "0"},
                                          {TestLake::row_of(import, 1), "fabrikam", 2, "1.5", "0"},
                                          {TestLake::row_of(import, 2), "unassigned"}});
  }

  Table rows(const ChargeRowsRequest& request) {
    auto table = charge_rows(lake_.reader(), ReadScope::of_partner(), request);
    EXPECT_TRUE(table) << table.error().message();
    return table ? *table : Table();
  }

  TestLake lake_;
};

TEST_F(ChargeRowsTest, AreThoseOfTheNumberThatTheyStandBehind) {
  const ChargeRowsRequest compute{{{"ServiceName", {"compute", "Compute"}}}, {"CustomerId", "BilledCost"}};
  Table table = rows(compute);
  for (auto& row : table.rows) row.resize(2);
  table.columns.resize(2);
  EXPECT_THAT(lines_of(table), ElementsAre("contoso|0.5", "fabrikam|1.5", "unassigned|1"));
}

TEST_F(ChargeRowsTest, PagesHoldEachRowOnce) {
  ChargeRowsRequest request{{}, {"CustomerId", "ServiceName"}};
  const std::vector<std::string> whole = lines_of(rows(request));
  ASSERT_EQ(whole.size(), 4U);
  std::vector<std::string> pages;
  request.limit = 1;
  for (request.offset = 0; request.offset < 5; ++request.offset) {
    for (const std::string& line : lines_of(rows(request))) pages.push_back(line);
  }
  EXPECT_EQ(pages, whole);
}

TEST_F(ChargeRowsTest, RefuseColumnsThatAreNotThereOrNotForTheCustomer) {
  const auto refused = [&](const ReadScope& scope, std::vector<std::string> columns) {
    const auto table = charge_rows(lake_.reader(), scope, {{}, std::move(columns)});
    EXPECT_FALSE(table);
    return table ? ErrorId::kNoCharges : table.error().id;
  };
  const ReadScope contoso{Audience::kListView, std::set{CustomerId("contoso")}};
  EXPECT_EQ(refused(ReadScope::of_partner(), {"Nonsense"}), ErrorId::kNoSuchColumn);
  EXPECT_EQ(refused(ReadScope::of_partner(), {"ServiceName", "servicename"}), ErrorId::kColumnRepeated);
  EXPECT_EQ(refused(contoso, {"BilledCost"}), ErrorId::kNoSuchColumn);
  EXPECT_EQ(refused(contoso, {"x_RowId"}), ErrorId::kNoSuchColumn);
}

}  // namespace
}  // namespace apportion
