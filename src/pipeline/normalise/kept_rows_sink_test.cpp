#include "pipeline/normalise/kept_rows_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/normalise/testing.h"

namespace apportion {
namespace {

using normalise_testing::Cells;
using normalise_testing::sink_options;
using normalise_testing::SourceTable;

class CommitmentRows : public testing::Test {
 protected:
  ChargeSinkResult run(SourceKind kind, Dataset dataset, const std::vector<Cells>& rows) {
    SourceTable table(kind, rows, DayFormat::kIso);
    const auto sink = make_kept_rows_sink(sink_options(dataset, folder_.path()));
    EXPECT_TRUE(table.give_to(*sink, 2));
    auto result = sink->finish();
    EXPECT_TRUE(result);
    return std::move(result).value();
  }

  // The rows of a column of what was written, in order.
  std::vector<std::string> column(const ChargeSinkResult& result, const std::string& expression) {
    auto engine = *Engine::open({});
    std::vector<std::filesystem::path> paths;
    for (const ImportFile& file : result.files) paths.emplace_back(file.file.path);
    EXPECT_TRUE(engine.view_over_parquet("written", paths, ""));
    std::vector<std::string> texts;
    const auto read = engine.query("SELECT CAST(" + expression + " AS VARCHAR) FROM written ORDER BY x_RowId", {},
                                   [&](const EngineRow& row) {
                                     texts.push_back(row.is_null(0) ? "null" : std::string(row.text(0)));
                                     return ok();
                                   });
    EXPECT_TRUE(read);
    return texts;
  }

  TestFolder folder_;
};

TEST_F(CommitmentRows, KeepsDetailsExactlyWithUnknownColumnsAndRejects) {
  const auto result =
      run(SourceKind::kReservationDetails, Dataset::kReservationDetails,
          {{{"ReservationId", "R1"},
            {"ReservationOrderId", "O1"},
            {"UsageDate", "2026-10-03T00:00:00Z"},
            {"UsedHours", "23.100000000000000001"},
            {"ReservedHours", "24"},
            {"New Column", "x"}},
           {{"ReservationId", "R1"}, {"UsageDate", "2026-10-04"}, {"UsedHours", "1,5"}},
           {{"ReservationId", "R2"}, {"UsageDate", "04/10/2026"}, {"UsedHours", "0"}},
           {{"ReservationId", "R2"}, {"UsageDate", "2026-10-04"}, {"UsedHours", "0"}, {"ReservedHours", "48"}}});
  EXPECT_EQ(result.rows_stored, 2);
  ASSERT_EQ(result.rejects.size(), 2U);
  EXPECT_EQ(result.rejects[0].line, 3);
  ASSERT_EQ(result.files.size(), 1U);
  EXPECT_EQ(result.files[0].role, "commitments");
  EXPECT_THAT(column(result, "UsedHours"), testing::ElementsAre("23.100000000000000001", "0.000000000000000000"));
  EXPECT_THAT(column(result, "UsageDate"), testing::ElementsAre("2026-10-03", "2026-10-04"));
  EXPECT_THAT(column(result, "x_OtherColumns"), testing::ElementsAre(R"({"New Column":"x"})", "null"));
  EXPECT_THAT(column(result, "x_SourceLine"), testing::ElementsAre("2", "5"));
}

TEST_F(CommitmentRows, KeepsAmountsOfRecommendationsAsTheyAreWritten) {
  const std::string amount = R"({"currency":"USD","value":12.345678901234567})";
  const auto result = run(SourceKind::kReservationRecommendations, Dataset::kReservationRecommendations,
                          {{{"Net Savings", amount}, {"Recommended Quantity", "2"}, {"SkuName", "Standard_D2s_v5"}},
                           {{"Net Savings", "a lot"}, {"Recommended Quantity", "2"}},
                           {{"Net Savings", ""}, {"Recommended Quantity", "1"}}});
  EXPECT_EQ(result.rows_stored, 2);
  ASSERT_EQ(result.rejects.size(), 1U);
  EXPECT_EQ(result.rejects[0].column, "Net Savings");
  EXPECT_THAT(column(result, "NetSavings"), testing::ElementsAre(amount, "null"));
}

TEST_F(CommitmentRows, WritesNoFileForNoRows) {
  EXPECT_TRUE(run(SourceKind::kReservationTransactions, Dataset::kReservationTransactions, {}).files.empty());
}

}  // namespace
}  // namespace apportion
