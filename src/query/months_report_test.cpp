#include "query/months_report.h"
#include "foundation/base/next_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::IsEmpty;

const Day kToday = *Day::parse("2026-12-20");

TEST(MonthsReport, ShowsRunsAndGaps) {
  TestLake lake;
  const auto import_of = [&](const std::string& month, Dataset dataset, std::int64_t rejected = 0) {
    return lake.add_import(
        {.dataset = dataset, .charges = {{{"BilledCost", "1"}}}, .mirror = {}, .rejected = rejected, .month = month});
  };
  const Import old = import_of("2026-08", Dataset::kActualCost);
  const Import actual = import_of("2026-08", Dataset::kActualCost, 2);
  const Import amortized = import_of("2026-08", Dataset::kAmortizedCost);
  lake.publish({actual, amortized}, {{{"BilledCost", "1"}}});
  import_of("2026-11", Dataset::kActualCost);

  const auto months = months_report(lake.control_plane(), ReadScope::of_partner(), kToday);
  ASSERT_TRUE(months) << months.error().message();
  ASSERT_EQ(months->size(), 4u);
  const MonthLine& august = (*months)[0];
  EXPECT_EQ(august.status.name, "partial");
  EXPECT_EQ(august.charges, 3);
  EXPECT_EQ(august.rejected, 2);
  EXPECT_EQ(august.timing_rows, 1);
  EXPECT_EQ(august.data_as_of, actual.submitted_at);
  ASSERT_EQ(august.runs.size(), 3u);
  EXPECT_FALSE(august.runs[0].in_force);
  EXPECT_EQ(august.runs[0].import, old.id);
  EXPECT_TRUE(august.runs[1].in_force);
  EXPECT_EQ((*months)[1].status.name, "missing");
  EXPECT_EQ((*months)[2].month.to_string(), "2026-10");
  EXPECT_EQ((*months)[2].status.name, "missing");
  const MonthStatus& november = (*months)[3].status;
  EXPECT_EQ(november.name, "partial");
  EXPECT_THAT(next_steps_in(november.reason), IsEmpty()) << "reasons are asked for in SQL too";
  EXPECT_EQ(november.next, "publish them: " + step(Step::kSync));
  EXPECT_EQ(november.explained(), november.reason + "; " + november.next);
}

TEST(MonthsReport, KeepsConnectionsApart) {
  TestLake lake;
  ASSERT_TRUE(lake.control_plane().add_connection(
      {.id = {}, .name = "beta", .locations = {{Dataset::kActualCost, "/exports/beta"}}}));
  lake.add_import({.dataset = Dataset::kActualCost,
                   .charges = {{{"BilledCost", "1"}}},
                   .mirror = {},
                   .rejected = 0,
                   .month = "2026-08"});
  lake.add_import({.dataset = Dataset::kActualCost,
                   .charges = {{{"BilledCost", "1"}}},
                   .mirror = {},
                   .rejected = 0,
                   .month = "2026-10"},
                  "beta");
  EXPECT_EQ(months_report(lake.control_plane(), ReadScope::of_partner(), kToday)->size(), 2u);
  EXPECT_THAT(*months_report(lake.control_plane(), ReadScope::of_partner("beta", Month::parse("2026-08")), kToday),
              IsEmpty());
  EXPECT_FALSE(months_report(lake.control_plane(), ReadScope::of_partner("gamma"), kToday));
}

}  // namespace
}  // namespace apportion
