#include "pipeline/ingest/run_reader.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "foundation/base/test_support.h"
#include "foundation/model/source_fields.h"
#include "pipeline/ingest/testing.h"

namespace apportion {
namespace {

using ingest_testing::pack_gzip;
using ingest_testing::SlowReader;

constexpr std::string_view kHeader =
    "invoiceId,customerTenantId,date,chargeType,billingCurrency,costInBillingCurrency,tags\n";

struct SeenRow {
  std::string file;
  std::int64_t line = 0;
  std::int64_t ordinal = 0;
  std::string cells;
  friend auto operator<=>(const SeenRow&, const SeenRow&) = default;
};

// Keeps every row; fails at the batch that holds the text `poison`.
class KeepingSink final : public BatchSink {
 public:
  explicit KeepingSink(std::string poison = "") : poison_(std::move(poison)) {}

  Result<void> take(const SourceBatch& batch) override {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      SeenRow seen{batch.part->name, batch.lines[row], batch.first_ordinal + batch.ordinals[row], ""};
      for (std::size_t column = 0; column < batch.columns.size(); ++column) {
        const std::string_view cell = batch.columns[column][row];
        seen.cells += std::string(cell) + "|";
        if (!poison_.empty() && cell == poison_)
          return Error{ErrorId::kDiskFull, "the disk is full", "", "the test says so", "make room"};
      }
      rows.push_back(std::move(seen));
    }
    return ok();
  }

  std::vector<SeenRow> rows;

 private:
  std::string poison_;
};

InputFile csv_file(const std::string& name, const std::string& bytes) {
  return {name,
          InputFormat::kCsv,
          [bytes] { return Result<std::unique_ptr<ByteReader>>(std::make_unique<SlowReader>(bytes, 10'000)); },
          "",
          std::nullopt,
          static_cast<std::int64_t>(bytes.size())};
}

InputFile gzip_file(const std::string& name, const std::string& bytes) {
  InputFile file = csv_file(name, pack_gzip(bytes));
  file.format = InputFormat::kCsvGzip;
  return file;
}

Result<void> admit_all(const std::string&, const SourceLayout&) { return ok(); }

struct Read {
  RunContent content;
  std::vector<SeenRow> rows;  // by file and line
};

Result<Read> read_all(const RunInput& input, const std::string& poison = "") {
  APPORTION_ASSIGN(
      ReadRun run,
      read_run(
          input, [&poison] { return Result<std::unique_ptr<BatchSink>>(std::make_unique<KeepingSink>(poison)); },
          admit_all));
  Read read{std::move(run.content), {}};
  for (const auto& sink : run.sinks) {
    const auto& rows = static_cast<const KeepingSink&>(*sink).rows;
    read.rows.insert(read.rows.end(), rows.begin(), rows.end());
  }
  std::sort(read.rows.begin(), read.rows.end());
  return read;
}

// A file of that many rows; some have tags with quotes and line feeds, every tenth is broken when `with_broken`.
std::string many_rows(int rows, const std::string& mark, bool with_broken = false) {
  std::string bytes(kHeader);
  for (int i = 0; i < rows; ++i) {
    if (with_broken && i % 10 == 3) {
      bytes += "broken,row\n";
      continue;
    }
    bytes += fmt::format("{}-{},t,10/{:02}/2026,Usage,EUR,{}.{},{}\n", mark, i, i % 31 + 1, i, i % 7,
                         i % 3 == 0 ? "\"\"\"env\"\": \"\"a\nb\"\"\"" : "");
    if (i % 50 == 0) bytes += "\n";
  }
  return bytes;
}

TEST(RunReader, TellsHowFarItIs) {
  std::vector<InputFile> files{csv_file("a.csv", many_rows(30'000, "a", true)),
                               gzip_file("b.csv.gz", many_rows(20'000, "b"))};
  RunInput input{files, Month::parse("2026-10"), 2, ""};
  std::vector<ReadProgress> told;
  input.watch = [&told](const ReadProgress& progress) { told.push_back(progress); };
  ASSERT_TRUE(read_all(input));
  ASSERT_GT(told.size(), 2U);
  for (std::size_t i = 1; i < told.size(); ++i) {
    EXPECT_GT(told[i].rows, told[i - 1].rows);
    EXPECT_GE(told[i].bytes, told[i - 1].bytes);
  }
  EXPECT_EQ(told.back().rows, 50'000);
  EXPECT_EQ(told.back().bytes, files[0].bytes + files[1].bytes);
  EXPECT_EQ(told.back().bytes_expected, files[0].bytes + files[1].bytes);
  EXPECT_EQ(told.back().files, 2U);
  EXPECT_FALSE(told.back().rows_expected);
  ASSERT_EQ(told.back().workers.size(), 2U);
  EXPECT_EQ(told.back().workers[0].rows + told.back().workers[1].rows, 50'000);
  EXPECT_GT(told.front().workers[0].file + told.front().workers[1].file, 0U);

  told.clear();
  input.files[0].rows_expected = 30'000;
  input.files[1].rows_expected = 20'000;
  ASSERT_TRUE(read_all(input));
  EXPECT_EQ(told.back().rows_expected, 50'000);
}

TEST(RunReader, GivesEveryRowOnceWithAnyNumberOfThreads) {
  const std::vector<InputFile> files{csv_file("a.csv", many_rows(30'000, "a", true)), csv_file("empty.csv", ""),
                                     csv_file("none.csv", std::string(kHeader)),
                                     gzip_file("b.csv.gz", many_rows(20'000, "b"))};
  std::vector<SeenRow> first;
  for (const int threads : {1, 2, 5}) {
    SCOPED_TRACE(threads);
    RunInput input{files, Month::parse("2026-10"), threads, ""};
    const auto read = read_all(input);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->content.rows, 50'000);
    EXPECT_EQ(read->rows.size(), 47'000U);
    EXPECT_EQ(read->content.broken.size(), 3'000U);
    EXPECT_EQ(read->content.layouts.size(), 3U);
    std::set<std::pair<std::string, std::int64_t>> places;
    std::set<std::int64_t> ordinals;
    for (const SeenRow& row : read->rows) {
      places.emplace(row.file, row.line);
      ordinals.insert(row.ordinal);
    }
    EXPECT_EQ(places.size(), read->rows.size());
    EXPECT_EQ(ordinals.size(), read->rows.size());
    if (threads == 1) {
      first = read->rows;
    } else {
      EXPECT_EQ(read->rows, first);
    }
    ASSERT_EQ(read->content.files.size(), 4U);
    const std::int64_t rows[] = {30'000, 0, 0, 20'000};
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(read->content.files[i].name, files[i].name);
      EXPECT_EQ(read->content.files[i].rows, rows[i]);
      EXPECT_EQ(read->content.files[i].bytes, files[i].bytes);
      EXPECT_EQ(read->content.files[i].content_hash.size(), 32U);
    }
  }
}

TEST(RunReader, FindsAHeaderBehindManyEmptyLines) {
  const auto read =
      read_all({{csv_file("a.csv", std::string(3 << 20, '\n') + many_rows(5, "a"))}, Month::parse("2026-10"), 2, ""});
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->rows.size(), 5U);
}

TEST(RunReader, HoldsTheManifestToItsRows) {
  for (const int promised : {9, 10, 11}) {
    InputFile file = csv_file("a.csv", many_rows(10, "a", promised == 10));
    file.rows_expected = promised;
    const auto read = read_all({{file}, Month::parse("2026-10"), 2, ""});
    ASSERT_EQ(read.has_value(), promised == 10);
    if (read) continue;
    EXPECT_EQ(read.error().id, ErrorId::kFileRowCountMismatch);
    EXPECT_EQ(read.error().where, "a.csv");
    EXPECT_EQ(read.error().why, fmt::format("10 rows were read; the manifest states {}", promised));
  }
  InputFile empty = csv_file("empty.csv", "");
  empty.rows_expected = 3;
  EXPECT_FALSE(read_all({{empty}, Month::parse("2026-10"), 2, ""}));
}

TEST(RunReader, CallsARaggedFileRagged) {
  InputFile cut = csv_file("a.csv", many_rows(10, "a", true));
  cut.rows_expected = 9;
  auto read = read_all({{cut}, Month::parse("2026-10"), 2, ""});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().id, ErrorId::kFileRagged);
  EXPECT_EQ(read.error().where, "a.csv, line 7");
  EXPECT_EQ(read.error().why,
            "2 fields, but the header has 7: `broken,row`; 1 of 10 records are ragged; the manifest states 9");
  const InputFile all = csv_file("b.csv", std::string(kHeader) + "1,2\n1,2,3,4,5,6,7,8\n");
  read = read_all({{all}, Month::parse("2026-10"), 2, ""});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().id, ErrorId::kFileRagged);
  EXPECT_EQ(read.error().why, "2 fields, but the header has 7: `1,2`; 2 of 2 records are ragged");
}

TEST(RunReader, OneBrokenFileStopsTheRun) {
  const std::string good = many_rows(3'000, "a");
  InputFile not_there = csv_file("gone.csv", "");
  not_there.open = []() -> Result<std::unique_ptr<ByteReader>> {
    return Error{ErrorId::kManifestNotJson, "the file is gone", "gone.csv", "", ""};
  };
  const std::pair<InputFile, std::string> cases[] = {
      {not_there, "the file is gone"},
      {csv_file("b.csv", std::string(kHeader) + "1,t,10/01/2026,Usage,EUR,1,\"x\n"), "the CSV file is broken"},
      {gzip_file("b.csv.gz", good.substr(0, 100) + "\n1,2,3"), "the file is ragged"},
      {csv_file("b.csv", "some,other,file\n1,2,3\n"), "this is not an Azure cost file"},
      {csv_file("b.csv", std::string(kHeader) + "1,t,46326,Usage,EUR,1,\n"), "the dates in this file cannot be read"},
      {{"b.csv.gz", InputFormat::kCsvGzip, csv_file("", good).open, "", std::nullopt, 0}, "the gzip file is broken"},
      {{"b.parquet", InputFormat::kParquet, {}, "/nowhere/b.parquet", std::nullopt, 0}, "cannot open"},
  };
  for (const auto& [file, what] : cases) {
    const auto read =
        read_all({{csv_file("a.csv", good), file, csv_file("c.csv", good)}, Month::parse("2026-10"), 3, ""});
    ASSERT_FALSE(read) << what;
    EXPECT_NE(read.error().what.find(what), std::string::npos) << read.error().message();
  }
}

TEST(RunReader, ASinkThatFailsStopsTheRun) {
  const auto read = read_all({{csv_file("a.csv", many_rows(50'000, "a"))}, Month::parse("2026-10"), 3, ""}, "a-25000");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().id, ErrorId::kDiskFull);
}

TEST(RunReader, TellsTheFirstOfSeveralFaults) {
  std::string bytes = many_rows(50'000, "a");
  const auto spoil = [&bytes](std::string_view before) { bytes.insert(bytes.find(before) + before.size(), "\""); };
  spoil("\na-20000");
  spoil("\na-45000");
  const auto line =
      1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.find("a-20000")), '\n');
  for (int i = 0; i < 5; ++i) {
    const auto read = read_all({{csv_file("a.csv", bytes)}, Month::parse("2026-10"), 4, ""});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().where, fmt::format("a.csv, line {}", line));
  }
}

TEST(RunReader, TheGateMayRefuseAFile) {
  const auto run = read_run(
      {{csv_file("a.csv", many_rows(5, "a"))}, Month::parse("2026-10"), 2, ""},
      [] { return Result<std::unique_ptr<BatchSink>>(std::make_unique<KeepingSink>()); },
      [](const std::string& name, const SourceLayout& layout) -> Result<void> {
        return Error{ErrorId::kManifestNotJson, "not this", name, layout.name, ""};
      });
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().where, "a.csv");
  EXPECT_EQ(run.error().why, "MPA");
}

TEST(RunReader, ReadsParquetAsTextWhateverTheTypesAndTheTimeZone) {
  const TestFolder folder;
  auto engine = Engine::open({});
  ASSERT_TRUE(engine);
  const std::string path = folder / "a.parquet";
  const auto made = engine->execute(fmt::format(
      "COPY (SELECT 'i' || i AS invoiceId, 't' AS customerTenantId, TIMESTAMPTZ '2026-10-01 00:00:00+00' + "
      "to_days(CAST(i % 31 AS INTEGER)) AS date, CASE WHEN i % 2 = 0 THEN 'Usage' END AS chargeType, 'EUR' AS "
      "billingCurrency, CAST(i AS DECIMAL(38,10)) / 1 + CAST(0.5 AS DECIMAL(38,10)) AS costInBillingCurrency, "
      "CAST(i % 3 = 0 AS BOOLEAN) AS isAzureCreditEligible FROM range(20000) numbers(i)) TO {} (FORMAT parquet, "
      "COMPRESSION snappy)",
      sql_literal(path)));
  ASSERT_TRUE(made) << made.error().message();
  for (const char* zone : {"UTC", "Pacific/Kiritimati", "America/Los_Angeles"}) {
    SCOPED_TRACE(zone);
    ::setenv("TZ", zone, 1);
    RunInput input{{{"a.parquet", InputFormat::kParquet, {}, path, 20'000, 0}},
                   Month::parse("2026-10"),
                   3,
                   folder.path().string()};
    const auto read = read_all(input);
    ASSERT_TRUE(read) << read.error().message();
    ASSERT_EQ(read->rows.size(), 20'000U);
    EXPECT_EQ(read->content.files[0].content_hash.size(), 32U);
    EXPECT_GT(read->content.files[0].bytes, 0);
    std::set<std::int64_t> ordinals;
    for (const SeenRow& row : read->rows) {
      const std::int64_t i = row.line - 1;
      ordinals.insert(row.ordinal);
      const std::string start = fmt::format("i{}|t|2026-10-{:02} 00:00:00", i, i % 31 + 1);
      ASSERT_TRUE(row.cells.starts_with(start)) << row.cells;
      const std::string end = fmt::format("|{}|EUR|{}.5", i % 2 == 0 ? "Usage" : "", i);
      ASSERT_NE(row.cells.find(end), std::string::npos) << row.cells;
    }
    EXPECT_EQ(ordinals.size(), 20'000U);
  }
  ::unsetenv("TZ");
}

}  // namespace
}  // namespace apportion
