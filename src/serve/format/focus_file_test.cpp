#include "serve/format/focus_file.h"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class FocusFileTest : public ::testing::Test {
 protected:
  FocusFileTest() {
    lake_.add_customers({"contoso"});
    const Import import = lake_.add_import({.dataset = Dataset::kFocusCost,
                                            .charges = {{{"BilledCost", "10.1"}, {"ListCost", "12"}},
                                                        {{"BilledCost", "3"}, {"ServiceName", "=cmd"}},
                                                        {{"BilledCost", "7"}, {"ListCost", "8"}}}});
    lake_.split(lake_.publish({import}), {{TestLake::row_of(import, 0), "contoso", 1},
                                          {TestLake::row_of(import, 1), "contoso", 1},
                                          {TestLake::row_of(import, 2), "contoso", 1}});
  }

  FocusDataset dataset(CustomerView view = CustomerView::kList) {
    return FocusDataset::open(lake_.reader(),
                              {.scope = {audience_of(view), std::set{CustomerId("contoso")}, {}, {}}, .view = view})
        .value();
  }

  static FocusAbout about() {
    return {"Apportion 1.0", {{*Month::parse("2026-10"), "open"}}, "2026-11-01T00:00:00Z", {"acme is partial"}};
  }

  TestLake lake_;
};

TEST_F(FocusFileTest, CsvHasDateTimesAndPlainDecimals) {
  FocusDataset rows = dataset();
  std::ostringstream out;
  ASSERT_TRUE(write_focus_csv(rows, CsvText::kDefused, Cancel(), out));
  EXPECT_THAT(out.str(), StartsWith("AvailabilityZone,BilledCost,BillingAccountId,"));
  EXPECT_THAT(out.str(), HasSubstr("2026-11-01T00:00:00Z,2026-10-01T00:00:00Z"));
  EXPECT_THAT(out.str(), HasSubstr("'=cmd"));
  const Cancel cancel;
  cancel.request();
  EXPECT_FALSE(write_focus_csv(rows, CsvText::kExact, cancel, out));
}

TEST_F(FocusFileTest, ParquetHasTypesAndTheMetadata) {
  FocusDataset rows = dataset();
  const auto path = lake_.folder() / "contoso.parquet";
  const auto written = write_focus_parquet(rows, focus_metadata(rows, about()), Cancel(), path);
  ASSERT_TRUE(written) << written.error().message();
  Engine reader = *Engine::open(EngineOptions{.keep_order = true});
  const std::vector<std::filesystem::path> files{path};
  ASSERT_TRUE(reader.view_over_parquet("written", files, ""));
  std::vector<std::string> lines;
  ASSERT_TRUE(reader.query("SELECT BilledCost, CAST(BillingPeriodStart AS VARCHAR) FROM written ORDER BY 1", {},
                           [&lines](const EngineRow& row) {
                             const std::string cost = row.is_null(0) ? "-" : row.decimal(0).to_string();
                             lines.push_back(cost + " " + std::string(row.text(1)));
                             return ok();
                           }));
  EXPECT_THAT(lines, ElementsAre("8 2026-10-01 00:00:00", "12 2026-10-01 00:00:00", "- 2026-10-01 00:00:00"));
  std::string type;
  std::string metadata;
  ASSERT_TRUE(reader.query("SELECT typeof(BillingPeriodStart) FROM written", {}, [&type](const EngineRow& row) {
    type = row.text(0);
    return ok();
  }));
  EXPECT_EQ(type, "TIMESTAMP");
  ASSERT_TRUE(reader.query("SELECT CAST(decode(value) AS VARCHAR) FROM parquet_kv_metadata('" + path.string() + "')",
                           {}, [&metadata](const EngineRow& row) {
                             metadata = row.text(0);
                             return ok();
                           }));
  EXPECT_EQ(nlohmann::json::parse(metadata)["Rows"], 3);
}

TEST_F(FocusFileTest, MetadataSaysWhatTheFileHoldsAndLacks) {
  const nlohmann::json metadata = focus_metadata(dataset(), about());
  EXPECT_EQ(metadata["DataGenerator"], "Apportion 1.0");
  EXPECT_EQ(metadata["Schema"]["FocusVersion"], "1.2");
  EXPECT_EQ(metadata["Schema"]["ColumnDefinition"][1]["ColumnName"], "BilledCost");
  EXPECT_EQ(metadata["Schema"]["ColumnDefinition"][1]["DataType"], "DECIMAL");
  EXPECT_EQ(metadata["View"], "list");
  EXPECT_EQ(metadata["Months"], nlohmann::json::parse(R"([{"BillMonth": "2026-10", "State": "open"}])"));
  EXPECT_EQ(metadata["DataAsOf"], "2026-11-01T00:00:00Z");
  EXPECT_EQ(metadata["Sums"][0]["BilledCost"], "20");
  EXPECT_EQ(metadata["UnknownCosts"][0]["Rows"], 1);
  EXPECT_EQ(metadata["UnknownCosts"].size(), 4U);
  EXPECT_FALSE(metadata.contains("Notes")) << "they name connections";
  const nlohmann::json of_partner =
      focus_metadata(FocusDataset::open(lake_.reader(), {.scope = ReadScope::of_partner()}).value(), about());
  EXPECT_EQ(of_partner["View"], "partner");
  EXPECT_EQ(of_partner["Notes"][0], "acme is partial");
}

}  // namespace
}  // namespace apportion
