#include "lake/parquet_writer.h"

#include <filesystem>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "foundation/base/test_seeds.h"
#include "foundation/base/test_support.h"

namespace apportion {
namespace {

class ParquetWriterTest : public ::testing::Test {
 protected:
  const TestFolder folder_;
};

const std::vector<ParquetColumn> kColumns{{"text", ParquetType::kText},    {"price", ParquetType::kDecimal},
                                          {"day", ParquetType::kDay},      {"term", ParquetType::kInteger},
                                          {"cost", ParquetType::kDecimal}, {"row", ParquetType::kInteger}};

// Rows of every shape (runs, noise, nothing but nulls) are written in several row groups and read back by the engine.
void expect_the_engine_reads_back(std::uint64_t seed, const std::filesystem::path& path) {
  std::mt19937_64 random(seed);
  auto writer = std::move(ParquetWriter::create(path, kColumns)).value();
  struct Expected {
    std::optional<std::string> text;
    std::optional<Decimal> price;
    std::optional<std::int32_t> day;
    std::optional<std::int64_t> term;
    std::optional<Decimal> cost;
    std::int64_t row;
  };
  std::vector<Expected> expected;
  std::int64_t next_row = 7;
  for (const std::size_t rows : {1ul, 7ul, 8ul, 9ul, 1000ul, 20000ul}) {
    const std::size_t distinct = 1 + random() % (rows * 2);
    std::vector<std::string> texts;
    std::vector<Decimal> prices;
    std::vector<std::int32_t> days;
    std::vector<std::int64_t> terms;
    for (std::size_t i = 0; i < distinct; ++i) {
      texts.push_back("Wert " + std::to_string(random() % 100000) + " ü");
      prices.push_back(Decimal::from_units((static_cast<Int128>(random()) << 40) * (random() % 2 == 0 ? 1 : -1)));
      days.push_back(static_cast<std::int32_t>(random() % 40000) - 10000);
      terms.push_back(static_cast<std::int64_t>(random()));
    }
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    const auto draw = [&](int mode) {
      std::vector<std::uint32_t> indices(rows);
      for (std::size_t i = 0; i < rows; ++i) {
        const bool keep = mode == 0 && i > 0 && random() % 50 != 0;
        indices[i] = keep ? indices[i - 1] : static_cast<std::uint32_t>(random() % distinct);
        if (mode == 1 && random() % 3 == 0) indices[i] = kNullIndex;
        if (mode == 2) indices[i] = kNullIndex;
      }
      return indices;
    };
    const auto text = draw(0), price = draw(1), day = draw(static_cast<int>(rows % 3)), term = draw(1);
    std::vector<Decimal> costs;
    std::vector<std::uint8_t> present;
    std::vector<std::int64_t> row_numbers;
    for (std::size_t i = 0; i < rows; ++i) {
      costs.push_back(Decimal::from_units(static_cast<Int128>(random()) - static_cast<Int128>(random())));
      present.push_back(random() % 5 == 0 ? 0 : 1);
      next_row += random() % 100 == 0 ? 5 : 1;
      row_numbers.push_back(next_row);
      const auto pick = [](const auto& indices, const auto& values, std::size_t at) {
        using Value = std::decay_t<decltype(values[0])>;
        return indices[at] == kNullIndex ? std::optional<Value>() : std::optional<Value>(values[indices[at]]);
      };
      expected.push_back({pick(text, texts, i), pick(price, prices, i), pick(day, days, i), pick(term, terms, i),
                          present[i] != 0 ? std::optional(costs[i]) : std::nullopt, next_row});
    }
    writer->begin_row_group(rows);
    writer->text_column(text, views);
    writer->decimal_column(price, prices);
    writer->day_column(day, rows % 3 == 2 ? std::vector<std::int32_t>() : days);
    writer->integer_column(term, terms);
    writer->decimal_column(costs, present);
    writer->integer_column(row_numbers);
    ASSERT_TRUE(writer->end_row_group());
  }
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(writer->rows_written(), static_cast<std::int64_t>(expected.size()));
  EXPECT_EQ(writer->bytes_written(), static_cast<std::int64_t>(std::filesystem::file_size(path)));

  auto engine = std::move(Engine::open({})).value();
  const std::vector<std::filesystem::path> files{path};
  ASSERT_TRUE(engine.view_over_parquet("written", files, ""));
  std::size_t at = 0;
  const auto outcome = engine.query("SELECT * FROM written ORDER BY \"row\"", {}, [&](const EngineRow& row) {
    const Expected& want = expected[at++];
    EXPECT_EQ(row.is_null(0), !want.text);
    if (want.text) {
      EXPECT_EQ(row.text(0), *want.text);
    }
    EXPECT_EQ(row.is_null(1), !want.price);
    if (want.price) {
      EXPECT_EQ(row.decimal(1), *want.price);
    }
    EXPECT_EQ(row.is_null(2), !want.day);
    if (want.day) {
      EXPECT_EQ(row.day(2).days_since_epoch(), *want.day);
    }
    EXPECT_EQ(row.is_null(3), !want.term);
    if (want.term) {
      EXPECT_EQ(row.integer(3), *want.term);
    }
    EXPECT_EQ(row.is_null(4), !want.cost);
    if (want.cost) {
      EXPECT_EQ(row.decimal(4), *want.cost);
    }
    EXPECT_EQ(row.integer(5), want.row);
    return ok();
  });
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(at, expected.size());
}

TEST_F(ParquetWriterTest, TheEngineReadsBackWhatWasWritten) {
  for (const std::uint64_t seed : test_seeds(1)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    expect_the_engine_reads_back(seed, folder_ / "rows.parquet");
  }
}

// What the engine reads in the footer of a file, a line for each column and row group.
std::vector<std::string> ranges_of(const std::filesystem::path& path) {
  auto engine = std::move(Engine::open({})).value();
  std::vector<std::string> lines;
  EXPECT_TRUE(engine.query(fmt::format("SELECT concat_ws('|', path_in_schema, coalesce(stats_min_value, '-'), "
                                       "coalesce(stats_max_value, '-'), stats_null_count) FROM parquet_metadata('{}')",
                                       path.string()),
                           {}, [&lines](const EngineRow& row) {
                             lines.emplace_back(row.text(0));
                             return ok();
                           }));
  return lines;
}

TEST_F(ParquetWriterTest, TheFooterHoldsTheRangeOfEachColumn) {
  const auto path = folder_ / "ranges.parquet";
  auto writer = std::move(ParquetWriter::create(path, kColumns)).value();
  const std::vector<Decimal> prices{Decimal::from_units(1), Decimal::parse("-12.5").value};
  const std::vector<std::uint32_t> some{1, kNullIndex, 0};
  const auto write = [&](const std::vector<std::string_view>& texts, const std::vector<std::uint32_t>& indices,
                         const std::vector<std::uint8_t>& present) {
    writer->begin_row_group(3);
    writer->text_column(indices, texts);
    writer->decimal_column(indices, prices);
    writer->day_column(indices, std::vector<std::int32_t>{20'000, -1});
    writer->integer_column(indices, std::vector<std::int64_t>{5, -7});
    writer->decimal_column(std::vector<Decimal>{prices[0], prices[1], Decimal::from_integer(3)}, present);
    writer->integer_column(std::vector<std::int64_t>{1, 2, 3});
    ASSERT_TRUE(writer->end_row_group());
  };
  write({"\xC3\xA4", "a"}, some, {0, 1, 1});
  write({"", "z"}, some, {});
  write({"x", "y"}, {kNullIndex, kNullIndex, kNullIndex}, {0, 0, 0});
  const std::string long_text(200, 'a');
  write({long_text, "b"}, some, {1, 0, 0});
  ASSERT_TRUE(writer->finish());
  const std::vector<std::string> expected{
      "text|a|\xC3\xA4|1",
      "price|-12.500000000000000000|0.000000000000000001|1",
      "day|1969-12-31|2024-10-04|1",
      "term|-7|5|1",
      "cost|-12.500000000000000000|3.000000000000000000|1",
      "row|1|3|0",
      "text||z|1",
      "price|-12.500000000000000000|0.000000000000000001|1",
      "day|1969-12-31|2024-10-04|1",
      "term|-7|5|1",
      "cost|-12.500000000000000000|3.000000000000000000|0",
      "row|1|3|0",
      "text|-|-|3",
      "price|-|-|3",
      "day|-|-|3",
      "term|-|-|3",
      "cost|-|-|3",
      "row|1|3|0",
      "text|-|-|1",
      "price|-12.500000000000000000|0.000000000000000001|1",
      "day|1969-12-31|2024-10-04|1",
      "term|-7|5|1",
      "cost|0.000000000000000001|0.000000000000000001|2",
      "row|1|3|0",
  };
  EXPECT_EQ(ranges_of(path), expected);
}

TEST_F(ParquetWriterTest, FileWithoutRowsIsReadable) {
  const auto path = folder_ / "empty.parquet";
  auto writer = std::move(ParquetWriter::create(path, kColumns)).value();
  ASSERT_TRUE(writer->finish());
  auto engine = std::move(Engine::open({})).value();
  const std::vector<std::filesystem::path> files{path};
  ASSERT_TRUE(engine.view_over_parquet("written", files, ""));
  EXPECT_EQ(engine.describe("SELECT * FROM written")->size(), kColumns.size());
}

TEST_F(ParquetWriterTest, NeverOverwrites) {
  const auto path = folder_ / "once.parquet";
  ASSERT_TRUE(std::move(ParquetWriter::create(path, kColumns)).value()->finish());
  EXPECT_FALSE(ParquetWriter::create(path, kColumns));
}

TEST_F(ParquetWriterTest, MidnightsAreTimestampsAndTheFooterHoldsMetadata) {
  const auto path = folder_ / "moments.parquet";
  auto writer = std::move(ParquetWriter::create(path, {{"moment", ParquetType::kMidnight}})).value();
  writer->begin_row_group(3);
  const std::vector<std::int32_t> days{0, 20'000};
  writer->day_column(std::vector<std::uint32_t>{1, kNullIndex, 0}, days);
  ASSERT_TRUE(writer->end_row_group());
  writer->add_metadata("about", "what it is");
  writer->add_metadata("more", "");
  ASSERT_TRUE(writer->finish());
  auto engine = std::move(Engine::open({})).value();
  const std::vector<std::filesystem::path> files{path};
  ASSERT_TRUE(engine.view_over_parquet("written", files, ""));
  std::string told;
  const auto add = [&told](const EngineRow& row) {
    told += row.is_null(0) ? "nothing;" : std::string(row.text(0)) + ";";
    return ok();
  };
  ASSERT_TRUE(engine.query("SELECT typeof(moment) || ' ' || CAST(moment AS VARCHAR) FROM written", {}, add));
  EXPECT_EQ(told, "TIMESTAMP 2024-10-04 00:00:00;nothing;TIMESTAMP 1970-01-01 00:00:00;");
  told.clear();
  ASSERT_TRUE(engine.query(fmt::format("SELECT CAST(decode(key) AS VARCHAR) || ' ' || CAST(decode(value) AS VARCHAR) "
                                       "FROM parquet_kv_metadata('{}') ORDER BY 1",
                                       path.string()),
                           {}, add));
  EXPECT_EQ(told, "about what it is;more ;");
}

}  // namespace
}  // namespace apportion
