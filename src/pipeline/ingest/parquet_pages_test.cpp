// Files are written by the engine, and page by page; what our own reader says of them must be what the engine says.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "foundation/base/files.h"
#include "foundation/base/test_support.h"
#include "lake/parquet_encoding.h"
#include "pipeline/ingest/parquet_metadata.h"
#include "pipeline/ingest/parquet_source.h"

namespace apportion {
namespace {

using parquet::ThriftWriter;
using testing::HasSubstr;

using Row = std::vector<std::string>;

// Reads a file with `workers` that take turns; rows by their line.
Result<std::vector<Row>> rows_of(ParquetSource& source, std::size_t workers = 1) {
  APPORTION_TRY(source.first_rows());
  std::vector<std::unique_ptr<ParquetRows>> readers;
  for (std::size_t i = 0; i < workers; ++i) readers.push_back(source.make_rows());
  std::vector<Row> rows;
  SourceBatch batch;
  for (bool any = true; any;) {
    any = false;
    for (const auto& reader : readers) {
      APPORTION_ASSIGN(const std::size_t taken, reader->take());
      any = any || taken > 0;
      std::size_t seen = 0;
      while (true) {
        APPORTION_ASSIGN(const bool found, reader->next(batch));
        if (!found) break;
        seen += batch.rows;
        for (std::size_t row = 0; row < batch.rows; ++row) {
          const auto line = static_cast<std::size_t>(batch.lines[row]);
          if (rows.size() < line) rows.resize(line);
          for (std::size_t i = 0; i < source.header().size(); ++i)
            rows[line - 1].emplace_back(std::as_const(batch.columns)[i][row]);
        }
      }
      EXPECT_EQ(seen, taken);
    }
  }
  return rows;
}

class ParquetPages : public testing::Test {
 protected:
  std::string copy(std::string_view select, std::string_view options) {
    auto engine = Engine::open({});
    const std::string path = folder_ / fmt::format("{}.parquet", ++files_);
    const auto made =
        engine->execute(fmt::format("COPY ({}) TO {} (FORMAT parquet{})", select, sql_literal(path), options));
    EXPECT_TRUE(made) << made.error().message();
    return path;
  }

  std::string write(std::string_view bytes) {
    const std::string path = folder_ / fmt::format("{}.parquet", ++files_);
    EXPECT_TRUE(write_file_atomically(path, bytes));
    return path;
  }

  // What both readers read; our own must know the file.
  void expect_alike(const std::string& path, std::size_t workers = 1) {
    auto by_pages = open_parquet_by_pages("a.parquet", path);
    ASSERT_TRUE(by_pages) << by_pages.error().message();
    ASSERT_NE(*by_pages, nullptr) << "is not known";
    auto by_engine = open_parquet_by_engine("a.parquet", path, folder_.path().string());
    ASSERT_TRUE(by_engine) << by_engine.error().message();
    EXPECT_EQ((*by_pages)->header(), (*by_engine)->header());
    const auto found = rows_of(**by_pages, workers);
    const auto expected = rows_of(**by_engine);
    ASSERT_TRUE(found) << found.error().message();
    ASSERT_TRUE(expected) << expected.error().message();
    ASSERT_EQ(found->size(), expected->size());
    for (std::size_t row = 0; row < found->size(); ++row) ASSERT_EQ((*found)[row], (*expected)[row]) << "row " << row;
  }

  bool is_known(const std::string& path) {
    const auto source = open_parquet_by_pages("a.parquet", path);
    return source && *source != nullptr;
  }

  TestFolder folder_;
  int files_ = 0;
};

constexpr std::string_view kAllTypes =
    "SELECT CASE WHEN i % 7 <> 0 THEN 'word' || i % 13 END AS few, 'text' || i AS many, CAST(NULL AS VARCHAR) AS none, "
    "CASE WHEN i % 3 <> 0 THEN i % 2 = 0 END AS truth, CAST(i % 5 - 2 AS TINYINT) AS tiny, CAST(i AS INTEGER) AS "
    "number, CAST(-i * 1000000007 AS BIGINT) AS large, CAST(4294967295 - i AS UINTEGER) AS u32, "
    "CAST(18446744073709551615 - i AS UBIGINT) AS u64, CAST(i % 9000 - 3 AS DECIMAL(4,0)) AS d4, CAST(i - 3 AS "
    "DECIMAL(9,2)) "
    "/ 1 "
    "AS ratio, CAST((i - 3) * 0.01 AS DECIMAL(9,2)) AS d9, CAST((i - 3) * 0.001 AS DECIMAL(18,3)) AS d18, "
    "CAST(CAST((i - 3) AS DECIMAL(38,18)) * 0.123 AS DECIMAL(38,18)) AS d38, CAST((i % 900) * 0.001 AS DECIMAL(3,3)) "
    "AS "
    "below_one, DATE '2026-10-01' + CAST(i % 400 AS INTEGER) AS day, CASE WHEN i % 4 > 0 THEN TIMESTAMP '2026-10-01 "
    "00:00:00' + to_milliseconds(i * 1001) END AS moment, CAST(TIMESTAMP '1900-10-01 00:00:00' + to_seconds(i) AS "
    "TIMESTAMP_MS) AS milli, CAST(TIMESTAMP '2026-10-01 00:00:00.123456' + to_seconds(i) AS TIMESTAMP_NS) AS nano, "
    "TIMESTAMPTZ '2026-10-01 00:00:00+00' + to_hours(i) AS zoned, CAST(i AS DOUBLE) / 7 AS d "
    "FROM range({}) numbers(i)";

TEST_F(ParquetPages, EveryTypeInEveryCodecIsAsTheEngineReadsIt) {
  for (const char* codec : {"uncompressed", "snappy", "gzip", "zstd"}) {
    SCOPED_TRACE(codec);
    expect_alike(copy(fmt::format(fmt::runtime(kAllTypes), 9000), fmt::format(", COMPRESSION {}", codec)));
  }
}

TEST_F(ParquetPages, SmallRowGroupsAndWorkersChangeNothing) {
  expect_alike(copy(fmt::format(fmt::runtime(kAllTypes), 30'000), ", ROW_GROUP_SIZE 2048"), 3);
  expect_alike(copy(fmt::format(fmt::runtime(kAllTypes), 0), ""));
  expect_alike(copy("SELECT i % 10 AS few, i AS many FROM range(400000) numbers(i)", ", ROW_GROUP_SIZE 122880"), 2);
}

TEST_F(ParquetPages, DoublesHaveTheDigitsOfTheEngine) {
  expect_alike(
      copy("SELECT CAST(h % 1125899906842624 AS DOUBLE) * power(10, -(i % 40)) AS d, -(i % 100000) / 100.0::DOUBLE AS "
           "cents FROM (SELECT i, hash(i) AS h FROM range(200000) numbers(i))",
           ""));
  expect_alike(
      copy("SELECT unnest([0.0::DOUBLE, -0.0, 1e15, 1e16, 123456789012345680, 0.0001, 0.00001, 1e-5, 5e-324, "
           "1.7976931348623157e308, 'inf'::DOUBLE, '-inf'::DOUBLE, 'nan'::DOUBLE]) AS d",
           ""));
}

TEST_F(ParquetPages, OtherFilesAreForTheEngine) {
  EXPECT_TRUE(is_known(copy("SELECT 1 AS a", "")));
  EXPECT_FALSE(is_known(copy("SELECT [1, 2] AS a", "")));
  EXPECT_FALSE(is_known(copy("SELECT {'b': 1} AS a", "")));
  EXPECT_FALSE(is_known(copy("SELECT 'x'::BLOB AS a", "")));
  EXPECT_FALSE(is_known(copy("SELECT TIME '12:00:00' AS a", "")));
  EXPECT_FALSE(is_known(copy("SELECT 1::REAL AS a", "")));
  EXPECT_FALSE(is_known(copy("SELECT uuid() AS a", "")));
  EXPECT_FALSE(is_known(copy("SELECT 'x' AS a", ", COMPRESSION lz4")));
  EXPECT_FALSE(is_known(copy("SELECT 'x' AS a", ", COMPRESSION brotli")));
  EXPECT_FALSE(is_known(copy("SELECT i AS a FROM range(5000) numbers(i)", ", PARQUET_VERSION v2")));  // deltas
  EXPECT_FALSE(is_known(write("no Parquet file")));
  EXPECT_FALSE(is_known(write("PAR1\xff\xff\xff\x7fPAR1")));
}

// A file of one column and one row group, written page by page, without compression. ---------------------------------

struct Page {
  int kind = 0;  // of a ParquetPageHeader
  int values = 0;
  int encoding = 0;
  std::string body;
  int level_bytes = 0;  // of a page of the second kind
};

struct ColumnOfFile {
  int physical = 6;
  bool may_be_empty = true;
  int converted = 0;
  int rows = 0;
  std::vector<int> encodings{0, 3, 8};
};

std::string header_of(const Page& page) {
  std::string bytes;
  ThriftWriter out(bytes);
  out.begin_struct();
  out.field_i32(1, page.kind);
  out.field_i32(2, static_cast<int>(page.body.size()));
  out.field_i32(3, static_cast<int>(page.body.size()));
  out.field_struct(page.kind == 0 ? 5 : page.kind == 2 ? 7 : 8);
  out.field_i32(1, page.values);
  if (page.kind == 3) {
    out.field_i32(2, 0);
    out.field_i32(3, page.values);
    out.field_i32(4, page.encoding);
    out.field_i32(5, page.level_bytes);
    out.field_i32(6, 0);
  } else {
    out.field_i32(2, page.encoding);
    if (page.kind == 0) {
      out.field_i32(3, 3);
      out.field_i32(4, 3);
    }
  }
  out.end_struct();
  out.end_struct();
  return bytes;
}

std::string file_of(const ColumnOfFile& column, const std::vector<Page>& pages) {
  std::string file = "PAR1";
  for (const Page& page : pages) file += header_of(page) + page.body;
  const auto bytes = static_cast<std::int64_t>(file.size() - 4);
  std::string footer;
  ThriftWriter out(footer);
  out.begin_struct();
  out.field_i32(1, 1);
  out.field_list(2, ThriftWriter::kTypeStruct, 2);
  out.element_struct();
  out.field_text(4, "schema");
  out.field_i32(5, 1);
  out.end_struct();
  out.element_struct();
  out.field_i32(1, column.physical);
  out.field_i32(3, column.may_be_empty ? 1 : 0);
  out.field_text(4, "a");
  if (column.converted >= 0) out.field_i32(6, column.converted);
  out.end_struct();
  out.field_i64(3, column.rows);
  out.field_list(4, ThriftWriter::kTypeStruct, 1);
  out.element_struct();
  out.field_list(1, ThriftWriter::kTypeStruct, 1);
  out.element_struct();
  out.field_i64(2, 4);
  out.field_struct(3);
  out.field_i32(1, column.physical);
  out.field_list(2, ThriftWriter::kTypeI32, column.encodings.size());
  for (const int encoding : column.encodings) out.element_i32(encoding);
  out.field_list(3, ThriftWriter::kTypeText, 1);
  out.element_text("a");
  out.field_i32(4, 0);
  out.field_i64(5, column.rows);
  out.field_i64(6, bytes);
  out.field_i64(7, bytes);
  const bool has_dictionary = !pages.empty() && pages.front().kind == 2;
  out.field_i64(9,
                has_dictionary ? 4 + static_cast<std::int64_t>(header_of(pages[0]).size() + pages[0].body.size()) : 4);
  if (has_dictionary) out.field_i64(11, 4);
  out.end_struct();
  out.end_struct();
  out.field_i64(2, bytes);
  out.field_i64(3, column.rows);
  out.end_struct();
  out.end_struct();
  const auto size = static_cast<std::uint32_t>(footer.size());
  file += footer;
  for (int shift = 0; shift < 32; shift += 8) file += static_cast<char>(size >> shift);
  return file + "PAR1";
}

std::string with_size(std::string_view bytes) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(bytes.size() >> shift);
  return text.append(bytes);
}

std::string levels(std::vector<std::uint32_t> present) {
  std::string bytes;
  parquet::put_rle(bytes, present, 1);
  return bytes;
}

std::string texts(const std::vector<std::string>& words) {
  std::string bytes;
  for (const std::string& word : words) bytes += with_size(word);
  return bytes;
}

std::string places(std::vector<std::uint32_t> numbers, int width) {
  std::string bytes(1, static_cast<char>(width));
  parquet::put_rle(bytes, numbers, width);
  return bytes;
}

TEST_F(ParquetPages, AColumnMayGiveUpItsDictionaryInTheMiddle) {
  const Page dictionary{2, 3, 0, texts({"x", "y", "never used"})};
  const Page coded{0, 4, 8, with_size(levels({1, 0, 1, 1})) + places({0, 1, 1}, 2)};
  const Page plain{0, 3, 0, with_size(levels({1, 1, 0})) + texts({"new", "x"})};
  const Page coded2{3, 2, 8, levels({0, 1}) + places({1}, 2), static_cast<int>(levels({0, 1}).size())};
  const std::string path = write(file_of({.rows = 9}, {dictionary, coded, plain, coded2}));
  expect_alike(path);
  const auto rows = rows_of(**open_parquet_by_pages("a.parquet", path));
  EXPECT_EQ(*rows, (std::vector<Row>{{"x"}, {""}, {"y"}, {"y"}, {"new"}, {"x"}, {""}, {""}, {"y"}}));
}

TEST_F(ParquetPages, NumbersMayGiveUpTheirDictionaryToo) {
  const auto number = [](std::int64_t value) {
    std::string bytes;
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value >> shift);
    return bytes;
  };
  const Page dictionary{2, 2, 0, number(7) + number(-7)};
  const Page coded{0, 3, 8, places({1, 0, 1}, 1)};
  const Page plain{0, 2, 0, number(1) + number(-1)};
  const std::string path =
      write(file_of({.physical = 2, .may_be_empty = false, .converted = -1, .rows = 5}, {dictionary, coded, plain}));
  expect_alike(path);
}

TEST_F(ParquetPages, TruthInRunsOrInBits) {
  const Page bits{0, 9, 0, with_size(levels(std::vector<std::uint32_t>(9, 1))) + std::string("\x55\x01", 2)};
  std::string run;
  parquet::put_rle(run, std::vector<std::uint32_t>{1, 0, 0, 1}, 1);
  const Page runs{0, 5, 3, with_size(levels({1, 1, 0, 1, 1})) + with_size(run)};
  const std::string path = write(file_of({.physical = 0, .converted = -1, .rows = 14}, {bits, runs}));
  expect_alike(path);
}

TEST_F(ParquetPages, APageOfManyRowsIsReadBatchByBatch) {
  std::vector<std::uint32_t> present;
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t row = 0; row < 20'011; ++row) {
    present.push_back(row % 11 < 8 ? 1 : 0);
    if (present.back() == 1) numbers.push_back(row / 3000 % 2 == 0 ? row % 5 : 4);
  }
  const Page dictionary{2, 5, 0, texts({"a", "b", "c", "d", "e"})};
  const Page coded{0, 20'011, 8, with_size(levels(present)) + places(numbers, 3)};
  expect_alike(write(file_of({.rows = 20'011}, {dictionary, coded})));
}

TEST_F(ParquetPages, BrokenPagesAreSaid) {
  const Page dictionary{2, 2, 0, texts({"x", "y"})};
  const auto why = [&](const std::vector<Page>& pages, int rows = 2) {
    const auto source =
        open_parquet_by_pages("a.parquet", write(file_of({.may_be_empty = false, .rows = rows}, pages)));
    const auto found = rows_of(**source);
    if (found) return std::string("nothing");
    EXPECT_EQ(found.error().id, ErrorId::kParquetUnreadable);
    EXPECT_EQ(found.error().where, "a.parquet");
    return found.error().why;
  };
  EXPECT_EQ(why({dictionary, {0, 2, 8, places({0, 1}, 1)}}), "nothing");
  EXPECT_EQ(why({{0, 2, 8, places({0, 1}, 1)}}), "column `a`: a page refers to a dictionary that is not there");
  EXPECT_EQ(why({dictionary, {0, 2, 8, places({0, 2}, 2)}}),
            "column `a`: a page refers to what its dictionary does not have");
  EXPECT_EQ(why({dictionary, dictionary, {0, 2, 8, places({0, 1}, 1)}}), "column `a`: it has a second dictionary");
  EXPECT_EQ(why({dictionary, {0, 2, 8, places({}, 1)}}), "column `a`: a page ends too early");
  EXPECT_EQ(why({dictionary, {0, 2, 8, std::string(1, '\x21')}}),
            "column `a`: a page refers to its dictionary in an unknown way");
  EXPECT_EQ(why({{0, 2, 0, texts({"x"})}}), "column `a`: a text ends behind its page");
  EXPECT_EQ(why({{0, 2, 0, texts({"x", "\xff"})}}), "column `a`: a text is not UTF-8");
  EXPECT_EQ(why({{0, 2, 5, "delta"}}), "column `a`: a page is encoded in a way that the footer does not name");
  EXPECT_EQ(why({{0, 2, 0, texts({"x", "y"})}}, 3), "column `a`: it has fewer rows than the row group");
  EXPECT_EQ(why({{0, 2, 0, texts({"x", "y"})}}, 1), "column `a`: it has more rows than the row group");
  EXPECT_EQ(why({}), "column `a`: it has fewer rows than the row group");
  EXPECT_EQ(why({{3, 2, 0, texts({"x", "y"}), 1000}}), "column `a`: a page ends too early");
  EXPECT_EQ(why({{2, 900, 0, texts({"x", "y"})}}), "column `a`: its dictionary ends too early");
}

TEST_F(ParquetPages, CutOffOrChangedFilesNeverStopTheProgram) {
  const std::string whole = file_of({.rows = 6}, {{2, 2, 0, texts({"x", "y"})},
                                                  {0, 4, 8, with_size(levels({1, 0, 1, 1})) + places({0, 1, 1}, 1)},
                                                  {0, 2, 0, with_size(levels({1, 1})) + texts({"new", "x"})}});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char change : {'\x00', '\x7f', '\xff'}) {
      std::string changed = whole;
      changed[at] = change;
      const auto source = open_parquet_by_pages("a.parquet", write(changed));
      if (source && *source != nullptr) static_cast<void>(rows_of(**source));
    }
  }
}

}  // namespace
}  // namespace apportion
