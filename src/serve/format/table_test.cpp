#include "serve/format/table_formats.h"

#include <cstdlib>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <nlohmann/json.hpp>

#include "foundation/base/files.h"
#include "foundation/base/test_support.h"
#include "query/report_test_support.h"
#include "serve/format/gzip_stream.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Table example() {
  Table table;
  table.columns = {{"Who", TableKind::kText},
                   {"Day", TableKind::kDay},
                   {"Rows", TableKind::kInteger},
                   {"Cost", TableKind::kDecimal}};
  table.rows = {
      {std::string("東京"), *Day::parse("2026-10-01"), std::int64_t{7}, test_decimal("-0.000000000000000001")},
      {std::string("a, \"b\""), {}, std::int64_t{12}, test_decimal("1234.5")},
      {{}, *Day::parse("2026-10-02"), {}, {}}};
  return table;
}

std::string text_of(const Table& table, const TextTableOptions& options = {}) {
  std::ostringstream out;
  EXPECT_TRUE(write_text_table(table, options, out));
  return out.str();
}

TEST(TextTable, AlignsPointsAndWideCharacters) {
  EXPECT_EQ(text_of(example()),
            "Who     Day         Rows                     Cost\n"
            "------  ----------  ----  -----------------------\n"
            "東京    2026-10-01     7    -0.000000000000000001\n"
            "a, \"b\"                12  1234.5\n"
            "        2026-10-02\n");
}

TEST(TextTable, PercentagesHaveTwoDecimalsAndOtherFormatsAllOfThem) {
  Table table;
  table.columns = {{"UsedPercent", TableKind::kPercent}};
  for (const char* percent : {"87.5", "33.333333", "-99.999999"}) table.rows.push_back({test_decimal(percent)});
  EXPECT_EQ(text_of(table),
            "UsedPercent\n"
            "-----------\n"
            "      87.5\n"
            "      33.33\n"
            "    -100\n");
  EXPECT_THAT(text_of(table, {.width = {}, .color = false, .exact = true}), HasSubstr("33.333333"));
  std::ostringstream csv, json;
  ASSERT_TRUE(write_csv(table, CsvText::kDefused, csv));
  ASSERT_TRUE(write_json(table, json));
  EXPECT_EQ(csv.str(), "UsedPercent\n87.5\n33.333333\n-99.999999\n");
  EXPECT_THAT(json.str(), HasSubstr("33.333333"));
}

TEST(TextTable, CutsTextForATerminalButNeverNumbers) {
  Table table;
  table.columns = {{"Name", TableKind::kText}, {"Cost", TableKind::kDecimal}};
  table.rows = {{std::string("a very long name of a customer"), test_decimal("123456789.123456789")}};
  EXPECT_THAT(text_of(table, {.width = 35}), HasSubstr("a very long n…  123456789.123456789\n"));
  EXPECT_THAT(text_of(table, {.width = 10}), HasSubstr("a very …  123456789.123456789\n"));
  EXPECT_THAT(text_of(table), HasSubstr("a very long name of a customer  123456789.123456789\n"));
}

Table bill() {
  Table table;
  table.columns = {{"Who", TableKind::kText}, {"BillingCurrency", TableKind::kText}, {"Cost", TableKind::kMoney}};
  table.has_totals = true;
  table.rows = {{std::string("a"), std::string("EUR"), test_decimal("1234567.005")},
                {std::string("b"), std::string("JPY"), test_decimal("1234.4")},
                {std::string("c"), std::string("EUR"), test_decimal("0.004")}};
  return table;
}

TEST(TextTable, ShowsMoneyInCoinsWithTotalsOfEachCurrency) {
  EXPECT_EQ(text_of(bill()),
            "Who    BillingCurrency          Cost\n"
            "-----  ---------------  ------------\n"
            "a      EUR              1,234,567.00\n"
            "b      JPY                  1,234\n"
            "c      EUR                      0.00\n"
            "-----  ---------------  ------------\n"
            "Total  EUR              1,234,567.01\n"
            "Total  JPY                  1,234\n");
  EXPECT_THAT(text_of(bill(), {.width = {}, .color = false, .exact = true}), HasSubstr("1,234,567.009"));
}

TEST(TextTable, UnknownMoneyMakesItsTotalUnknown) {
  Table table = bill();
  table.rows.push_back({std::string("d"), std::string("EUR"), {}});
  EXPECT_THAT(text_of(table), HasSubstr("Total  EUR\n"));
  table.columns[2].unknown_counts_as_nothing = true;
  EXPECT_THAT(text_of(table), HasSubstr("Total  EUR              1,234,567.01\n"));
  table.rows.push_back({std::string("e"), {}, test_decimal("1")});
  EXPECT_THAT(text_of(table), Not(HasSubstr("Total")));
}

TEST(TextTable, OneRowIsItsOwnTotal) {
  Table table = bill();
  table.rows.resize(1);
  EXPECT_THAT(text_of(table), Not(HasSubstr("Total")));
  EXPECT_EQ(totals_of(table).at(0).back(), TableCell(test_decimal("1234567.005"))) << "programs find it in one place";
}

TEST(TextTable, LetsNoTextSteerTheTerminal) {
  Table table;
  table.columns = {{"Name", TableKind::kText}};
  table.rows = {
      {std::string("a\x1b[31m\n\xc2\x9b"
                   "b\u202e\u2066c")}};
  EXPECT_EQ(text_of(table), "Name\n------------\na [31m  b  c\n");
}

TEST(TextTable, HasColorOnlyWhenAsked) {
  EXPECT_THAT(text_of(example()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_of(example(), {.width = {}, .color = true}), HasSubstr("\x1b[1m"));
}

TEST(Csv, QuotesWhatNeedsIt) {
  std::ostringstream out;
  ASSERT_TRUE(write_csv(example(), CsvText::kDefused, out));
  EXPECT_EQ(out.str(),
            "Who,Day,Rows,Cost\n"
            "東京,2026-10-01,7,-0.000000000000000001\n"
            "\"a, \"\"b\"\"\",,12,1234.5\n"
            ",2026-10-02,,\n");
}

std::string csv_of(const Table& table, CsvText mode) {
  std::ostringstream out;
  EXPECT_TRUE(write_csv(table, mode, out));
  return out.str();
}

TEST(Csv, KeepsExactTextAsItIs) {
  Table table;
  table.columns = {{"tag", TableKind::kText}};
  table.rows = {{std::string("=1+1")}, {std::string("two\nlines")}, {TableCell()}};
  EXPECT_EQ(csv_of(table, CsvText::kExact), "tag\n=1+1\n\"two\nlines\"\n\"\"\n");
}

TEST(Csv, DefusesTextThatASpreadsheetWouldRunAndNoAmount) {
  Table table;
  table.columns = {{"=tag", TableKind::kText}, {"Cost", TableKind::kDecimal}};
  for (const char* text : {"=1+1", "+Plus", "-x", "@sum", "\tx", "＝1", "-2", "a=1", "-1.5"}) {
    table.rows.push_back({std::string(text), Decimal::from_integer(-2)});
  }
  EXPECT_EQ(csv_of(table, CsvText::kDefused),
            "'=tag,Cost\n'=1+1,-2\n'+Plus,-2\n'-x,-2\n'@sum,-2\n'\tx,-2\n'＝1,-2\n-2,-2\na=1,-2\n-1.5,-2\n");
}

TEST(Csv, TellsABrokenStream) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const auto written = write_csv(example(), CsvText::kDefused, out);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().id, ErrorId::kOutputFailed);
}

TEST(Json, WritesAmountsAsStrings) {
  std::ostringstream out;
  ASSERT_TRUE(write_json(example(), out));
  const auto json = nlohmann::json::parse(out.str());
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json[0]["Cost"], "-0.000000000000000001");
  EXPECT_EQ(json[1]["Who"], "a, \"b\"");
  EXPECT_EQ(json[1]["Rows"], 12);
  EXPECT_TRUE(json[2]["Cost"].is_null());
  std::ostringstream empty;
  ASSERT_TRUE(write_json(Table{example().columns, {}, {}}, empty));
  EXPECT_EQ(empty.str(), "[]\n");
}

TEST(Parquet, IsExactAndInOrder) {
  TestLake lake;
  Table table = example();
  table.columns.push_back({"who", TableKind::kText});
  for (auto& row : table.rows) row.emplace_back(std::string("x"));
  const auto path = lake.folder() / "it's.parquet";
  ASSERT_TRUE(write_parquet(table, lake.engine(), path));
  Table read;
  const auto outcome = lake.engine().query(
      "SELECT Who, Day, Rows, Cost, who_2 FROM read_parquet(" + sql_literal(path.string()) + ")", {},
      [&](const EngineRow& row) {
        read.rows.push_back({row.is_null(0) ? TableCell() : TableCell(std::string(row.text(0))),
                             row.is_null(1) ? TableCell() : TableCell(row.day(1)),
                             row.is_null(2) ? TableCell() : TableCell(row.integer(2)),
                             row.is_null(3) ? TableCell() : TableCell(row.decimal(3)), std::string(row.text(4))});
        return ok();
      });
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(read.rows, table.rows);
}

// The text of one file in a workbook.
std::string workbook_part(const std::filesystem::path& workbook, const std::string& part) {
  const std::string target = workbook.string() + ".part";
  const std::string command =
      "python3 -c \"import sys, zipfile; sys.stdout.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2])"
      ".decode())\" '" +
      workbook.string() + "' " + part + " > '" + target + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  const auto text = read_file(target);
  return text ? *text : std::string();
}

TEST(Xlsx, HasExactTextBesideNumbers) {
  const TestFolder folder;
  Table table = example();
  table.rows.push_back({std::string("=1+1"), {}, {}, test_decimal("0.1")});
  const auto path = folder / "report.xlsx";
  ASSERT_TRUE(write_xlsx(table, path));
  const std::string texts = workbook_part(path, "xl/sharedStrings.xml");
  EXPECT_THAT(texts, HasSubstr("-0.000000000000000001"));
  EXPECT_THAT(texts, HasSubstr("=1+1"));
  EXPECT_THAT(texts, HasSubstr("Rounded to 15 digits"));
  const std::string exact = workbook_part(path, "xl/worksheets/sheet2.xml");
  const std::string numbers = workbook_part(path, "xl/worksheets/sheet1.xml");
  EXPECT_THAT(exact, Not(HasSubstr("<f>")));
  EXPECT_THAT(numbers, Not(HasSubstr("<f>")));
  EXPECT_THAT(exact, Not(HasSubstr("<v>1234.5</v>")));
  EXPECT_THAT(numbers, HasSubstr("<v>1234.5</v>"));
  EXPECT_THAT(numbers, HasSubstr("<v>0.1</v>"));
}

TEST(TextTable, LeavesOutColumnsThatDoNotFitAndNamesThem) {
  Table table;
  table.columns = {{"CustomerId"},
                   {"CustomerName"},
                   {"BillingCurrency"},
                   {"BilledCost", TableKind::kMoney},
                   {"EffectiveCost", TableKind::kMoney},
                   {"ListCost", TableKind::kMoney}};
  const Decimal amount = Decimal::from_integer(1000);
  table.rows = {{std::string("contoso"), std::string("A name that is longer than sixteen"), std::string("EUR"), amount,
                 amount, amount}};
  const std::string all = "CustomerId  CustomerName                        BillingCurrency  BilledCost";
  EXPECT_THAT(text_of(table, {.width = {}, .drops_columns = true}), HasSubstr(all));
  const std::string cut = text_of(table, {.width = 70, .drops_columns = true});
  EXPECT_THAT(cut, HasSubstr("CustomerId  CustomerName                   BillingCurrency  BilledCost\n"));
  EXPECT_THAT(cut, HasSubstr("A name that is longer than s…  EUR"));
  EXPECT_THAT(cut, HasSubstr("not shown: EffectiveCost, ListCost (--wide shows all columns)\n"));
  const std::string narrow = text_of(table, {.width = 20, .drops_columns = true});
  EXPECT_THAT(narrow, HasSubstr("1,000.00"));
  EXPECT_THAT(narrow, HasSubstr("EUR"));
  EXPECT_THAT(narrow, HasSubstr("not shown: CustomerName, EffectiveCost, ListCost"));
  EXPECT_THAT(text_of(table, {.width = 70}), HasSubstr("ListCost"));
}

TEST(GzipStream, ItsContentIsWhatWasWritten) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i % 977 * i) + ",";
  std::ostringstream out;
  GzipStream packed(out);
  packed << text;
  ASSERT_TRUE(packed.finish());
  const std::string bytes = out.str();
  EXPECT_LT(bytes.size(), text.size());
  std::string unpacked(text.size() + 1, ' ');
  z_stream state{};
  ASSERT_EQ(inflateInit2(&state, 15 + 16), Z_OK);
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  state.avail_in = static_cast<uInt>(bytes.size());
  state.next_out = reinterpret_cast<Bytef*>(unpacked.data());
  state.avail_out = static_cast<uInt>(unpacked.size());
  EXPECT_EQ(inflate(&state, Z_FINISH), Z_STREAM_END);
  unpacked.resize(state.total_out);
  inflateEnd(&state);
  EXPECT_EQ(unpacked, text);
}

TEST(Xlsx, HasTitleFiltersAndTotalsInCoins) {
  const TestFolder folder;
  Table table = bill();
  table.title = {"Costs by Who, 2026-10", "data as of 2026-11-06"};
  const auto path = folder / "report.xlsx";
  ASSERT_TRUE(write_xlsx(table, path));
  const std::string texts = workbook_part(path, "xl/sharedStrings.xml");
  EXPECT_THAT(texts, HasSubstr("data as of 2026-11-06"));
  EXPECT_THAT(texts, HasSubstr("1234567.009"));
  const std::string numbers = workbook_part(path, "xl/worksheets/sheet1.xml");
  EXPECT_THAT(numbers, HasSubstr("<autoFilter ref=\"A4:C7\"/>"));
  EXPECT_THAT(numbers, HasSubstr("<v>1234567.009</v>"));
  EXPECT_THAT(workbook_part(path, "xl/styles.xml"), HasSubstr("#,##0.00"));
}

TEST(Xlsx, TellsWhereItCannotWriteOrWhatDoesNotFit) {
  const TestFolder folder;
  const auto nowhere = write_xlsx(example(), folder / "no-such-folder/report.xlsx");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().id, ErrorId::kFileMissing);
  EXPECT_THAT(nowhere.error().message(), HasSubstr("no-such-folder"));
  Table table;
  table.columns = {{"Tags", TableKind::kText}};
  table.rows = {{std::string(40'000, 'x')}};
  const auto too_long = write_xlsx(table, folder / "report.xlsx");
  ASSERT_FALSE(too_long);
  EXPECT_THAT(too_long.error().message(), HasSubstr("line 3, column Tags"));
  EXPECT_FALSE(std::filesystem::exists(folder / "report.xlsx"));
}

}  // namespace
}  // namespace apportion
