#include "pipeline/ingest/file_survey.h"
#include "foundation/base/next_step.h"

#include <memory>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "foundation/base/test_support.h"
#include "pipeline/ingest/testing.h"

namespace apportion {
namespace {

using ingest_testing::pack_gzip;
using ingest_testing::SlowReader;
using testing::HasSubstr;

const std::string kHeader =
    "invoiceId,customerTenantId,billingPeriodStartDate,billingPeriodEndDate,date,chargeType,billingCurrency,"
    "costInBillingCurrency\n";

std::string row(const std::string& date, const std::string& start = "", const std::string& end = "",
                const std::string& cost = "1") {
  return fmt::format("G1,t,{},{},{},Usage,EUR,{}\n", start, end, date, cost);
}

std::string rows(int count, const std::string& date, const std::string& start = "") {
  std::string text;
  for (int i = 0; i < count; ++i) text += row(date, start);
  return text;
}

InputFile csv(const std::string& text, bool gzip = false) {
  InputFile file;
  file.name = "a.csv";
  file.format = gzip ? InputFormat::kCsvGzip : InputFormat::kCsv;
  file.open = [bytes = gzip ? pack_gzip(text) : text] {
    return Result<std::unique_ptr<ByteReader>>(std::make_unique<SlowReader>(bytes));
  };
  return file;
}

Result<FileSurvey> survey(const std::string& rows_text, std::optional<Month> month = std::nullopt) {
  return survey_file(csv(kHeader + rows_text), month, "");
}

// The month that rows tell, or why they tell none.
std::string told(const std::string& rows_text) {
  const auto surveyed = survey(rows_text);
  if (!surveyed) return surveyed.error().why;
  const auto month = tell_month(*surveyed, "a.csv");
  return month ? month->month.to_string() : month.error().why;
}

TEST(ToldMonth, IsTheFilledBillingPeriod) {
  EXPECT_EQ(told(row("08/31/2026", "09/01/2026") + row("09/15/2026", "09/01/2026")), "2026-09");
  EXPECT_EQ(told(rows(5, "08/31/2026") + row("09/15/2026", "09/01/2026")), "2026-09") << "few rows have one";
  EXPECT_EQ(told(row("08/31/2026", "", "09/30/2026")), "2026-09") << "its end tells as well";
  EXPECT_EQ(told(row("2026-08-31", "", "2026-10-01")), "2026-09") << "the day behind it too";
  EXPECT_THAT(told(row("08/31/2026", "08/01/2026") + row("09/15/2026", "09/01/2026")),
              HasSubstr("several billing periods: 2026-08 (1 row), 2026-09 (1 row)"));
}

TEST(ToldMonth, IsElseTheOneOfTheDaysWithSomeLateOnesBefore) {
  EXPECT_EQ(told(row("08/31/2026") + rows(60, "09/15/2026")), "2026-09");
  EXPECT_EQ(told(rows(60, "09/15/2026") + row("06/30/2026")), "2026-09");
  EXPECT_THAT(told(rows(60, "09/15/2026") + row("10/15/2026")), HasSubstr("several months")) << "none comes early";
  EXPECT_THAT(told(rows(5, "09/15/2026") + rows(5, "10/15/2026")), HasSubstr("2026-09 (5 rows), 2026-10 (5 rows)"));
  EXPECT_THAT(told(""), HasSubstr("neither a manifest"));
}

TEST(ToldMonth, ErrorsNameTheWayOn) {
  const auto surveyed = survey(rows(5, "09/15/2026") + rows(5, "10/15/2026"));
  ASSERT_TRUE(surveyed);
  const auto month = tell_month(*surveyed, "dl/a.csv");
  ASSERT_FALSE(month);
  EXPECT_EQ(month.error().id, ErrorId::kMonthUnknown);
  EXPECT_EQ(month.error().where, "dl/a.csv");
  EXPECT_THAT(month.error().next, HasSubstr(step(Step::kChooseMonth)));
  const auto ambiguous = survey(row("09/10/2026"));
  ASSERT_FALSE(ambiguous);
  EXPECT_THAT(ambiguous.error().next, HasSubstr(step(Step::kChooseMonth)));
  EXPECT_TRUE(survey(row("09/10/2026"), Month::parse("2026-09")));
}

TEST(FileSurvey, ReadsGzipAndFocusToo) {
  const auto packed = survey_file(csv(kHeader + rows(3, "09/15/2026"), true), std::nullopt, "");
  ASSERT_TRUE(packed) << packed.error().message();
  EXPECT_EQ(packed->rows, 3);
  const std::string focus =
      "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargePeriodStart,"
      "ChargePeriodEnd\n1,1,EUR,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,Usage,2026-08-31T00:00:00Z,"
      "2026-09-01T00:00:00Z\n";
  const auto surveyed = survey_file(csv(focus), std::nullopt, "");
  ASSERT_TRUE(surveyed) << surveyed.error().message();
  EXPECT_EQ(tell_month(*surveyed, "")->month.to_string(), "2026-09");
  EXPECT_NE(surveyed->columns, packed->columns);
}

TEST(FileSurvey, ReadsParquetAsItReadsText) {
  const TestFolder folder;
  auto engine = Engine::open({});
  ASSERT_TRUE(engine);
  const std::string path = folder / "a.parquet";
  ASSERT_TRUE(engine->execute(fmt::format(
      "COPY (SELECT 'G1' AS invoiceId, 't' AS customerTenantId, DATE '2026-09-01' AS billingPeriodStartDate, DATE "
      "'2026-08-31' AS date, 'Usage' AS chargeType, 'EUR' AS billingCurrency, i AS costInBillingCurrency FROM "
      "range(3) n(i)) TO {} (FORMAT parquet)",
      sql_literal(path))));
  InputFile file;
  file.name = "a.parquet";
  file.format = InputFormat::kParquet;
  file.local_path = path;
  const auto surveyed = survey_file(file, std::nullopt, folder.path().string());
  ASSERT_TRUE(surveyed) << surveyed.error().message();
  EXPECT_EQ(tell_month(*surveyed, "")->month.to_string(), "2026-09");
}

TEST(RowSample, TellsCopiesAndOlderStates) {
  const auto first = survey(row("09/15/2026", "", "", "1") + row("09/16/2026", "", "", "2"))->sample;
  const auto copy = survey(row("09/15/2026", "", "", "1"))->sample;
  const auto other = survey(row("09/15/2026", "", "", "3"))->sample;
  const auto state = survey(row("09/15/2026", "", "", "1") + row("09/16/2026", "", "", "4"))->sample;
  EXPECT_TRUE(first.shares_a_row(copy));
  EXPECT_TRUE(first.holds_or_is_held_by(copy));
  EXPECT_TRUE(copy.holds_or_is_held_by(first));
  EXPECT_FALSE(first.shares_a_row(other));
  EXPECT_TRUE(first.shares_a_row(state));
  EXPECT_FALSE(first.holds_or_is_held_by(state));
  EXPECT_FALSE(RowSample().holds_or_is_held_by(first)) << "a file without rows is no copy";
}

// A spreadsheet that saves a copy moves columns and writes days and numbers in its own form.
TEST(RowSample, TellsACopyWhoseColumnsOrFormsDiffer) {
  const std::string header =
      "invoiceId,customerTenantId,date,chargeType,billingCurrency,costInBillingCurrency,newThing,other\n";
  const auto sample_of = [](const std::string& text) {
    const auto surveyed = survey_file(csv(text), std::nullopt, "");
    EXPECT_TRUE(surveyed) << surveyed.error().message();
    return surveyed->sample;
  };
  const auto original = sample_of(header + "G1,t,09/15/2026,Usage,EUR,1.50,a,b\n");
  const std::string moved =
      "other,costInBillingCurrency,newThing,date,billingCurrency,customerTenantId,invoiceId,chargeType\n";
  EXPECT_TRUE(original.shares_a_row(sample_of(moved + "b,1.50,a,09/15/2026,EUR,t,G1,Usage\n")));
  EXPECT_TRUE(original.shares_a_row(sample_of(header + "G1,t,2026-09-15,Usage,EUR,1.5,a,b\n")));
  EXPECT_TRUE(original.shares_a_row(sample_of(header + "G1,t,9/15/2026,Usage,EUR,15E-1,a,b\n")));
  EXPECT_FALSE(original.shares_a_row(sample_of(moved + "a,1.50,b,09/15/2026,EUR,t,G1,Usage\n")));
  EXPECT_FALSE(original.shares_a_row(sample_of(header + "G1,t,09/16/2026,Usage,EUR,1.50,a,b\n")));
  EXPECT_FALSE(original.shares_a_row(sample_of(header + "G1,t,09/15/2026,Usage,EUR,1.51,a,b\n")));
}

TEST(RowSample, KeepsLittleOfLongFiles) {
  RowSample all, half;
  for (std::uint64_t i = 0; i < RowSample::kHashesMax * 2; ++i) {
    const std::uint64_t hash = i * 0x9e3779b97f4a7c15U;
    all.add(hash);
    if (i % 2 == 0) half.add(hash);
  }
  EXPECT_TRUE(all.holds_or_is_held_by(half));
}

}  // namespace
}  // namespace apportion
