#include "query/cost_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;

class CostValuesTest : public ::testing::Test {
 protected:
  CostValuesTest() {
    const Import import =
        lake_.add_import({.dataset = Dataset::kFocusCost,
                          .charges = {{{"BilledCost", "1"}, {"ServiceName", "Storage"}},
                                      {{"BilledCost", "5"}, {"ServiceName", "Virtual Machines"}},
                                      {{"BilledCost", "2"}, {"ServiceName", "Machine Learning"}},
                                      {{"BilledCost", "9"}, {"ServiceName", "Storage"}, {"BillingCurrency", "USD"}}}});
    lake_.publish({import});
  }

  std::vector<std::string> values(const CostValuesRequest& request) {
    const auto table = cost_values(lake_.reader(), ReadScope::of_partner(), request);
    EXPECT_TRUE(table) << table.error().message();
    return table ? lines_of(*table) : std::vector<std::string>();
  }

  TestLake lake_;
};

TEST_F(CostValuesTest, TheMostExpensiveComeFirst) {
  EXPECT_THAT(values({.column = "ServiceName"}),
              ElementsAre("Storage|USD|9", "Virtual Machines|EUR|5", "Machine Learning|EUR|2", "Storage|EUR|1"));
}

TEST_F(CostValuesTest, HoldTheWordWhateverItsCase) {
  EXPECT_THAT(values({.column = "ServiceName", .word = "mACHINE"}),
              ElementsAre("Virtual Machines|EUR|5", "Machine Learning|EUR|2"));
}

TEST_F(CostValuesTest, AreNoMoreThanAskedForOfEachCurrency) {
  EXPECT_THAT(values({.column = "ServiceName", .limit = 1}), ElementsAre("Storage|USD|9", "Virtual Machines|EUR|5"));
  EXPECT_THAT(values({.column = "BillingCurrency"}), ElementsAre("USD|9", "EUR|8"));
}

}  // namespace
}  // namespace apportion
