#include "pipeline/normalise/stand_ins.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/base/test_seeds.h"
#include "lake/import_rows.h"
#include "pipeline/normalise/testing.h"

namespace apportion {
namespace {

using normalise_testing::Cells;
using normalise_testing::SourceTable;

RowPrint print_of(std::uint64_t number) { return keyed_hash(&number, sizeof number); }

TEST(StandIns, TheFirstRowOfAPrintStandsIn) {
  const TestFolder folder;
  PrintFile later(folder / "0");
  ASSERT_TRUE(later.add(print_of(1), 9));
  ASSERT_TRUE(later.add(print_of(2), 8));
  ASSERT_TRUE(later.finish());
  PrintFile sooner(folder / "1");
  ASSERT_TRUE(sooner.add(print_of(1), 0));
  ASSERT_TRUE(sooner.finish());
  const auto found = StandIns::read(folder.path(), ImportId(7));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->find(print_of(1))->stored(), RowId(ImportId(7), 0).stored());
  EXPECT_EQ(found->find(print_of(2))->stored(), RowId(ImportId(7), 8).stored());
  EXPECT_FALSE(found->find(print_of(3)));
}

TEST(StandIns, OfARunWithoutRowsThereIsNone) {
  const TestFolder folder;
  const auto found = StandIns::read(folder.path(), ImportId(7));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->find(print_of(1)));
}

TEST(StandIns, AreAsManyAsMemoryMayHold) {
  constexpr int kRows = 20'000;
  const TestFolder folder;
  PrintFile prints(folder / "0");
  for (int i = 0; i < kRows; ++i) ASSERT_TRUE(prints.add(print_of(static_cast<std::uint64_t>(i)), i));
  ASSERT_TRUE(prints.finish());
  const auto count = [&folder](std::size_t bytes_max) {
    const auto found = StandIns::read(folder.path(), ImportId(7), bytes_max);
    int rows = 0;
    for (int i = 0; i < kRows; ++i) {
      const auto row = found->find(print_of(static_cast<std::uint64_t>(i)));
      rows += row && row->ordinal() == i ? 1 : 0;
    }
    return rows;
  };
  EXPECT_EQ(count(StandIns::kBytesMax), kRows);
  EXPECT_EQ(count(1000 * sizeof(PrintedRow)), 800);
}

// Takes the two files of a month in, and reads the mirror rows of the actual one.
class TwoFiles : public testing::Test {
 protected:
  Import take_in(std::int64_t id, SourceTable& table, ChargeSinkOptions options, bool as_records) {
    options.import = ImportId(id);
    options.folder = folder_ / fmt::format("import={}", id);
    std::filesystem::create_directories(options.folder);
    const auto sink = make_cost_details_sink(options);
    EXPECT_TRUE(as_records ? table.give_records_to(*sink, 70) : table.give_to(*sink, 70));
    auto result = sink->finish();
    EXPECT_TRUE(result);
    Import import;
    import.id = options.import;
    import.dataset = options.dataset;
    import.rows_stored = result->rows_stored;
    import.mirror_checksum = result->checksum.to_string();
    for (ImportFile& file : result->files) {
      file.file = *Lake(folder_.path()).describe(file.file.path, file.file.rows);
      import.files.push_back(file);
    }
    return import;
  }

  // The actual file's mirror rows, as they are kept if rows of the amortized file may stand in for them.
  std::vector<Cells> mirror_rows(SourceTable& actual, SourceTable& amortized, bool as_records,
                                 ChargeSinkOptions options) {
    const std::int64_t id = next_id_;
    next_id_ += 2;
    options.dataset = Dataset::kAmortizedCost;
    options.prints = folder_ / fmt::format("prints {}", id);
    std::filesystem::create_directories(options.prints);
    const Import stand_in = take_in(id, amortized, options, as_records);
    const auto stand_ins = StandIns::read(options.prints, stand_in.id);
    EXPECT_TRUE(stand_ins);
    options.dataset = Dataset::kActualCost;
    options.prints.clear();
    options.stand_ins = &*stand_ins;
    Import import = take_in(kActualId, actual, options, as_records);
    for (const LakeFile& file : files_of_role(stand_in, kChargesFile))
      import.files.push_back({file, std::string(kStandInChargesFile)});
    whole_rows_ = 0;
    for (const LakeFile& file : files_of_role(import, kMirrorFile)) whole_rows_ += file.rows;
    const auto opened =
        open_mirror_rows(normalise_testing::shared_engine(), Lake(folder_.path()), "mirror_rows", import);
    EXPECT_TRUE(opened) << opened.error().message();
    std::vector<Cells> rows = normalise_testing::read_relation("mirror_rows");
    std::filesystem::remove_all(folder_ / fmt::format("import={}", kActualId));
    return rows;
  }

  // The same, all of them whole.
  std::vector<Cells> whole_mirror_rows(SourceTable& actual) {
    const Import import =
        take_in(kActualId, actual, normalise_testing::sink_options(Dataset::kActualCost, folder_.path()), false);
    EXPECT_FALSE(has_stand_ins(import));
    EXPECT_TRUE(open_mirror_rows(normalise_testing::shared_engine(), Lake(folder_.path()), "mirror_rows", import));
    std::vector<Cells> rows = normalise_testing::read_relation("mirror_rows");
    std::filesystem::remove_all(folder_ / fmt::format("import={}", kActualId));
    return rows;
  }

  static constexpr std::int64_t kActualId = 1000;
  TestFolder folder_;
  std::int64_t next_id_ = 1;
  std::int64_t whole_rows_ = 0;
};

Cells row(const Cells& changes = {}) {
  Cells cells{
      {"date", "10/05/2026"},         {"chargeType", "Usage"}, {"pricingModel", "OnDemand"}, {"billingCurrency", "EUR"},
      {"costInBillingCurrency", "3"}, {"quantity", "2"},       {"PayGPrice", "4"},           {"unitPrice", "3"},
      {"customerTenantId", "a"}};
  for (const auto& [name, text] : changes) cells[name] = text;
  return cells;
}

TEST_F(TwoFiles, RowsThatSayTheSameAreNotKeptTwice) {
  SourceTable actual(SourceKind::kMpa, {row(), row({{"costInBillingCurrency", "0"}}), row()});
  SourceTable amortized(SourceKind::kMpa, {row({{"costInBillingCurrency", "0"}}), row()});
  const auto options = normalise_testing::sink_options(Dataset::kActualCost, folder_.path());
  const std::vector<Cells> rows = mirror_rows(actual, amortized, false, options);
  EXPECT_EQ(whole_rows_, 0);
  EXPECT_EQ(rows, whole_mirror_rows(actual));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].at("EffectiveCost"), "0");
  EXPECT_EQ(rows[2].at("x_SourceLine"), "4");
}

// Whatever a column of the file says, a row that says something else in it does not stand in.
TEST_F(TwoFiles, EachColumnTellsRowsApart) {
  std::vector<std::pair<std::string, CellKind>> columns{{"a column that nobody knows", CellKind::kText}};
  for (const SourceField& field : fields_of(SourceKind::kMpa)) columns.emplace_back(field.name, field.kind);
  std::vector<Cells> of_actual, of_amortized;
  for (const auto& [column, kind] : columns) {
    const bool is_currency = column == "billingCurrency";
    const std::string one = kind == CellKind::kDay ? "10/06/2026" : kind == CellKind::kDecimal ? "5" : "EUR";
    const std::string other = kind == CellKind::kDay ? "10/07/2026" : kind == CellKind::kDecimal ? "6" : "eur";
    const std::string own = column == "costCenter" ? "resourceGroupName" : "costCenter";
    of_actual.push_back(row({{own, column}, {column, one}}));
    of_amortized.push_back(row({{own, column}, {column, is_currency ? "USD" : other}}));
  }
  SourceTable actual(SourceKind::kMpa, of_actual);
  SourceTable amortized(SourceKind::kMpa, of_amortized);
  const auto options = normalise_testing::sink_options(Dataset::kActualCost, folder_.path());
  const std::vector<Cells> rows = mirror_rows(actual, amortized, true, options);
  EXPECT_EQ(rows, whole_mirror_rows(actual));
  EXPECT_EQ(whole_rows_, static_cast<std::int64_t>(rows.size()));
  EXPECT_GT(rows.size(), columns.size() - 5) << "few are of commitments";
}

std::vector<Cells> many_rows(std::mt19937_64& random, int count) {
  const auto chance = [&random](int of) { return static_cast<int>(random() % static_cast<unsigned>(of)); };
  std::vector<Cells> rows;
  for (int i = 0; i < count; ++i) {
    Cells cells = row({{"ResourceId", fmt::format("/subscriptions/s/resourceGroups/rg/providers/P/t/{}", chance(40))},
                       {"costInBillingCurrency", fmt::format("{}.{:03}", chance(5), chance(3) * 7)},
                       {"unitOfMeasure", chance(3) == 0 ? "10K" : "1 Hour"},
                       {"tags", chance(3) == 0   ? R"("env": "prod")"
                                : chance(2) == 0 ? "not json"
                                                 : ""},
                       {"chargeType", chance(11) == 0   ? "Purchase"
                                      : chance(13) == 0 ? "Gift"
                                                        : "Usage"},
                       {"pricingModel", chance(5) == 0 ? "Reservation" : "OnDemand"},
                       {"PayGPrice", fmt::format("{}", chance(3))},
                       {"paygCostInBillingCurrency", chance(4) == 0 ? "0" : ""},
                       {"billingCurrency", chance(17) == 0 ? "USD" : "EUR"},
                       {"newThing", chance(2) == 0 ? fmt::format("thing {}", chance(3)) : ""},
                       {"quantity", fmt::format("{}", chance(3))},
                       {"costInUsd", chance(2) == 0 ? "1" : ""}});
    if (chance(20) == 0) cells["costInBillingCurrency"] = "0.1234567890123456789";
    if (chance(30) == 0) cells["quantity"] = "bad";
    rows.push_back(std::move(cells));
  }
  return rows;
}

TEST_F(TwoFiles, MirrorRowsSayWhatTheySaidWhenAllWereKept) {
  for (const std::uint64_t seed : test_seeds(3)) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<Cells> rows = many_rows(random, 300);
    SourceTable actual(SourceKind::kMpa, rows);
    std::shuffle(rows.begin(), rows.end(), random);
    rows.resize(200 + random() % 100);
    for (Cells& cells : rows) {
      if (random() % 10 == 0) cells["tags"] = R"("env" : "prod")";
      if (random() % 10 == 0) cells["chargeType"] = "UnusedReservation";
      if (random() % 10 == 0) cells["costInUsd"] = "2";
    }
    SourceTable amortized(SourceKind::kMpa, rows);
    const std::vector<Cells> expected = whole_mirror_rows(actual);
    ChargeSinkOptions options = normalise_testing::sink_options(Dataset::kActualCost, folder_.path());
    for (const bool as_records : {false, true}) {
      for (const std::size_t bytes : {std::size_t{80} << 20, std::size_t{10'000}}) {
        options.dictionary_bytes_max = bytes;
        EXPECT_EQ(mirror_rows(actual, amortized, as_records, options), expected);
        EXPECT_GT(whole_rows_, 0);
        EXPECT_LT(whole_rows_, static_cast<std::int64_t>(expected.size()));
      }
    }
  }
}

}  // namespace
}  // namespace apportion
