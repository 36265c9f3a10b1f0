#include "pipeline/normalise/price_filling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/relations.h"
#include "pipeline/normalise/kept_rows_sink.h"
#include "pipeline/normalise/testing.h"

namespace apportion {
namespace {

using normalise_testing::Cells;
using normalise_testing::sink_options;
using normalise_testing::SourceTable;
using testing::HasSubstr;

constexpr const char* kMeter = "D23FFB1B-0000-4000-8000-000000000001";

Cells with(Cells cells, const Cells& others) {
  for (const auto& [name, text] : others) cells[name] = text;
  return cells;
}

// Use that a reservation covers: Microsoft leaves its list and contracted cost out.
Cells charge(const Cells& others = {}) {
  return with({{"BilledCost", "0"},
               {"EffectiveCost", "3"},
               {"ListCost", "0"},
               {"ListUnitPrice", "0"},
               {"ContractedCost", "0"},
               {"ContractedUnitPrice", "0"},
               {"BillingCurrency", "USD"},
               {"PricingCurrency", "USD"},
               {"BillingAccountId", "/providers/Microsoft.Billing/billingAccounts/a/billingProfiles/PROF-1"},
               {"ChargeCategory", "Usage"},
               {"ChargePeriodStart", "2026-10-31T00:00:00Z"},
               {"PricingCategory", "Committed"},
               {"CommitmentDiscountStatus", "Used"},
               {"PricingQuantity", "10"},
               {"x_PricingBlockSize", "1"},
               {"x_PricingUnitDescription", "1 Hour"},
               {"SkuPriceId", std::string("DZH318Z0BQ4B_00LT_") + kMeter}},
              others);
}

Cells price(const Cells& others = {}) {
  return with({{"BillingProfileId", "prof-1"},
               {"ProductId", "DZH318Z0BQ4B"},
               {"SkuId", "00LT"},
               {"MeterId", "d23ffb1b-0000-4000-8000-000000000001"},
               {"UnitOfMeasure", "1 Hour"},
               {"TierMinimumUnits", "0"},
               {"EffectiveStartDate", "2026-10-01T00:00:00Z"},
               {"EffectiveEndDate", "2026-10-31T00:00:00Z"},
               {"UnitPrice", "0.4"},
               {"BasePrice", "0.45"},
               {"MarketPrice", "0.5"},
               {"Currency", "USD"},
               {"BillingCurrency", "USD"},
               {"Term", ""},
               {"PriceType", "Consumption"}},
              others);
}

class Filling : public testing::Test {
 protected:
  Import take_in(std::int64_t id, Dataset dataset, SourceKind kind, const std::vector<Cells>& rows, bool mend = true) {
    Import import;
    import.id = ImportId(id);
    import.dataset = dataset;
    ChargeSinkOptions options = sink_options(dataset, lake_ / fmt::format("import={}", id));
    options.import = import.id;
    options.mend = mend;
    std::filesystem::create_directories(options.folder);
    SourceTable table(kind, rows, kind == SourceKind::kMpa ? DayFormat::kMonthDayYear : DayFormat::kIso);
    std::unique_ptr<ImportSink> sink;
    if (kind == SourceKind::kPriceSheet) sink = make_kept_rows_sink(options);
    if (kind == SourceKind::kFocus) sink = make_focus_sink(options);
    if (kind == SourceKind::kMpa) sink = make_cost_details_sink(options);
    EXPECT_TRUE(table.give_to(*sink, 7));
    auto result = sink->finish();
    EXPECT_TRUE(result);
    EXPECT_TRUE(result->rejects.empty());
    for (ImportFile& file : result->files)
      file.file.path = std::filesystem::path(file.file.path).lexically_relative(lake_.path()).string();
    import.files = result->files;
    return import;
  }

  // The charges, by row, after the sheet filled them.
  std::vector<Cells> filled(const Import& charges, const Import& sheet) {
    auto engine = *Engine::open({});
    const Lake lake(lake_.path());
    ChargeSet set;
    for (const ImportFile& file : charges.files) set.files.push_back(file.file);
    auto result = fill_prices(engine, lake,
                              {set.files, std::span(&sheet, 1), charges.dataset == Dataset::kFocusCost,
                               lake_ / fmt::format("filled={}", sheet.id.raw())});
    EXPECT_TRUE(result) << result.error().message();
    if (!result) return {};
    notes_ = result->notes;
    if (result->file) set.filled_files.push_back(*result->file);
    EXPECT_TRUE(open_charge_set(engine, lake, set));
    std::vector<Cells> rows;
    constexpr auto kShown =
        std::to_array<const char*>({"ListUnitPrice", "ListCost", "ContractedUnitPrice", "ContractedCost", "BilledCost",
                                    "EffectiveCost", "x_SourceChanges"});
    for (const char* column : kShown) {
      std::size_t at = 0;
      const auto read = engine.query(fmt::format("SELECT CAST({} AS VARCHAR) FROM charges ORDER BY x_RowId", column),
                                     {}, [&](const EngineRow& row) {
                                       if (rows.size() <= at) rows.emplace_back();
                                       const bool is_text = std::string_view(column) == "x_SourceChanges";
                                       const std::string text(row.is_null(0) ? "" : row.text(0));
                                       rows[at++][column] =
                                           is_text || text.empty() ? text : Decimal::parse(text).value.to_string();
                                       return ok();
                                     });
      EXPECT_TRUE(read) << read.error().message();
    }
    return rows;
  }

  Cells filled_focus(const Cells& charge_row, const std::vector<Cells>& prices, bool mend = true) {
    const Import charges = take_in(++imports_, Dataset::kFocusCost, SourceKind::kFocus, {charge_row}, mend);
    const Import sheet = take_in(++imports_, Dataset::kPriceSheet, SourceKind::kPriceSheet, prices);
    const auto rows = filled(charges, sheet);
    EXPECT_EQ(rows.size(), 1U);
    return rows.empty() ? Cells{} : rows[0];
  }

  TestFolder lake_;
  std::string notes_;
  std::int64_t imports_ = 0;
};

TEST_F(Filling, TakesMarketAndUnitPriceTimesQuantityAndNamesTheRowOfTheSheet) {
  Cells row = filled_focus(charge(), {price()}, false);
  EXPECT_EQ(row["ListUnitPrice"], "0.5");
  EXPECT_EQ(row["ListCost"], "5");
  EXPECT_EQ(row["ContractedUnitPrice"], "0.4");
  EXPECT_EQ(row["ContractedCost"], "4");
  EXPECT_EQ(row["BilledCost"], "0");
  EXPECT_EQ(row["EffectiveCost"], "3");
  EXPECT_THAT(row["x_SourceChanges"],
              HasSubstr("ListCost unknown -> market price 0.5 USD of price sheet import 2, part.csv, line 2 x pricing "
                        "quantity"));
  EXPECT_EQ(notes_, "list cost of 1 row and contracted cost of 1 row filled from price sheets (import 2)");
}

TEST_F(Filling, GoesBeforeWhatMendsPutInThePlaceOfZero) {
  Cells row = filled_focus(charge(), {price()});
  EXPECT_EQ(row["ListCost"], "5");
  EXPECT_EQ(row["ContractedCost"], "4");
  EXPECT_THAT(row["x_SourceChanges"], HasSubstr("ContractedCost 3 -> unit price 0.4 USD"));
}

TEST_F(Filling, LeavesWhatTheFileTells) {
  const Cells known =
      charge({{"ListCost", "7"}, {"ListUnitPrice", "0.7"}, {"ContractedCost", "6"}, {"ContractedUnitPrice", "0.6"}});
  Cells row = filled_focus(known, {price()});
  EXPECT_EQ(row["ListCost"], "7");
  EXPECT_EQ(row["ContractedCost"], "6");
  EXPECT_EQ(notes_, "");
}

TEST_F(Filling, ConvertsByTheRateOfTheRow) {
  const Cells converted = charge({{"BillingCurrency", "EUR"}, {"x_BillingExchangeRate", "0.9"}});
  Cells row = filled_focus(converted, {price()});
  EXPECT_EQ(row["ListUnitPrice"], "0.45");
  EXPECT_EQ(row["ListCost"], "4.5");
  EXPECT_THAT(row["x_SourceChanges"], HasSubstr("x exchange rate x pricing quantity"));
}

struct Unfilled {
  const char* name;
  Cells charge;
  std::vector<Cells> prices;
  const char* why;
};

TEST_F(Filling, LeavesAPriceUnknownThatIsNotCertain) {
  const char* const not_there = "no price sheet in force has a price";
  const std::vector<Unfilled> cases{
      {"another profile", {}, {price({{"BillingProfileId", "prof-2"}})}, not_there},
      {"no profile: an enrollment", {}, {price({{"BillingProfileId", ""}})}, not_there},
      {"another currency", {}, {price({{"Currency", "EUR"}})}, not_there},
      {"another unit", {}, {price({{"UnitOfMeasure", "10 Hours"}})}, not_there},
      {"another meter", {}, {price({{"MeterId", "d23ffb1b-0000-4000-8000-000000000002"}})}, not_there},
      {"ended the day before", {}, {price({{"EffectiveEndDate", "2026-10-30"}})}, not_there},
      {"begins the day after",
       {},
       {price({{"EffectiveStartDate", "2026-11-01"}, {"EffectiveEndDate", ""}})},
       not_there},
      {"of a commitment", {}, {price({{"PriceType", "ReservedInstance"}, {"Term", "P1Y"}})}, not_there},
      {"tiers",
       {},
       {price(), price({{"TierMinimumUnits", "100"}, {"UnitPrice", "0.3"}, {"MarketPrice", "0.4"}})},
       "several prices"},
      {"a tier without a price",
       {},
       {price({{"UnitPrice", ""}, {"MarketPrice", ""}}), price({{"TierMinimumUnits", "100"}})},
       "missing, zero or negative"},
      {"zero", {}, {price({{"UnitPrice", "0"}, {"MarketPrice", "0"}})}, "missing, zero or negative"},
      {"negative", {}, {price({{"UnitPrice", "-1"}, {"MarketPrice", "-1"}})}, "missing, zero or negative"},
      {"no price", {}, {price({{"UnitPrice", ""}, {"MarketPrice", ""}})}, "missing, zero or negative"},
      {"no rate", {{"BillingCurrency", "EUR"}}, {price()}, "no exchange rate"},
      {"no quantity", {{"PricingQuantity", ""}}, {price()}, "no quantity"},
      {"blocks", {{"x_PricingBlockSize", "100"}}, {price()}, "counts blocks"},
      {"too large",
       {{"PricingQuantity", "99999999999999999999"}},
       {price({{"UnitPrice", "99"}, {"MarketPrice", "99"}})},
       "too large"},
      {"a cost beyond any bill",
       {{"PricingQuantity", "99999999999999"}},
       {price({{"UnitPrice", "99"}, {"MarketPrice", "99"}})},
       "too large"},
  };
  for (const Unfilled& one : cases) {
    SCOPED_TRACE(one.name);
    Cells row = filled_focus(charge(one.charge), one.prices, false);
    EXPECT_EQ(row["ListCost"], "");
    EXPECT_EQ(row["ContractedCost"], "");
    EXPECT_THAT(notes_, HasSubstr("2 costs left without a price: "));
    EXPECT_THAT(notes_, HasSubstr(one.why));
  }
}

TEST_F(Filling, TakesRowsThatAgreeAndTheOneOfTwoPricesThatIsCertain) {
  Cells row = filled_focus(charge(), {price(), price(), price({{"UnitPrice", "0.3"}})}, false);
  EXPECT_EQ(row["ListCost"], "5");
  EXPECT_EQ(row["ContractedCost"], "");
}

TEST_F(Filling, TakesOpenDays) {
  Cells row = filled_focus(charge(), {price({{"EffectiveStartDate", ""}, {"EffectiveEndDate", ""}})});
  EXPECT_EQ(row["ListCost"], "5");
}

TEST_F(Filling, FindsPricesOfCostDetailsByProductAndMeterAndCountsBlocks) {
  const Cells usage{{"date", "10/31/2026"},
                    {"chargeType", "Usage"},
                    {"billingCurrency", "USD"},
                    {"costInBillingCurrency", "3"},
                    {"paygCostInBillingCurrency", "0"},
                    {"PayGPrice", "0"},
                    {"unitPrice", "0"},
                    {"billingProfileId", "PROF-1"},
                    {"ProductId", "DZH318Z0BQ4B00LT"},
                    {"meterId", kMeter},
                    {"unitOfMeasure", "100 Hours"},
                    {"quantity", "10"},
                    {"pricingModel", "Reservation"}};
  const Import charges = take_in(1, Dataset::kAmortizedCost, SourceKind::kMpa, {usage});
  const Import sheet =
      take_in(2, Dataset::kPriceSheet, SourceKind::kPriceSheet, {price({{"UnitOfMeasure", "100 hours "}})});
  auto rows = filled(charges, sheet);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0]["ListCost"], "5");
  EXPECT_EQ(rows[0]["ContractedCost"], "4");
  EXPECT_EQ(rows[0]["EffectiveCost"], "3");
}

TEST_F(Filling, NeverFillsUnusedCommitmentsNorPurchases) {
  for (const Cells& others : {Cells{{"CommitmentDiscountStatus", "Unused"}}, Cells{{"ChargeCategory", "Purchase"}}}) {
    Cells row = filled_focus(charge(others), {price()}, false);
    EXPECT_EQ(row["ListCost"], "");
    EXPECT_EQ(notes_, "");
  }
}

TEST_F(Filling, SumsOfWhatWasFilledAreTheDifference) {
  const Import charges =
      take_in(1, Dataset::kFocusCost, SourceKind::kFocus, {charge(), charge({{"PricingQuantity", "0.000001"}})});
  const Import sheet = take_in(2, Dataset::kPriceSheet, SourceKind::kPriceSheet, {price()});
  auto engine = *Engine::open({});
  const Lake lake(lake_.path());
  std::vector<LakeFile> files;
  for (const ImportFile& file : charges.files) files.push_back(file.file);
  const auto result = fill_prices(engine, lake, {files, std::span(&sheet, 1), true, lake_ / "filled"});
  ASSERT_TRUE(result);
  ASSERT_TRUE(result->file);
  ChargeSet set;
  set.files = files;
  set.filled_files = {*result->file};
  ASSERT_TRUE(lake.open_files(engine, "before_filling", set.files, charge_columns_sql()));
  ASSERT_TRUE(lake.open_files(engine, "filled", set.filled_files, ""));
  ASSERT_TRUE(open_charge_set(engine, lake, set));
  ASSERT_TRUE(
      engine.query("SELECT (SELECT sum(ListCost) FROM charges) - (SELECT coalesce(sum(ListCost), 0) FROM "
                   "before_filling) - (SELECT sum(x_ListCostFilled) FROM filled), (SELECT sum(ContractedCost) "
                   "FROM charges) - (SELECT coalesce(sum(ContractedCost), 0) FROM before_filling) - (SELECT "
                   "sum(x_ContractedCostFilled) FROM filled)",
                   {}, [](const EngineRow& row) {
                     EXPECT_TRUE(row.decimal(0).is_zero());
                     EXPECT_TRUE(row.decimal(1).is_zero());
                     return ok();
                   }));
}

}  // namespace
}  // namespace apportion
