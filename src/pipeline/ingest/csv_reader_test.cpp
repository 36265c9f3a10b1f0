#include "pipeline/ingest/csv_reader.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/base/test_seeds.h"
#include "pipeline/ingest/testing.h"

namespace apportion {
namespace {

using ingest_testing::ParsedCsv;
using ingest_testing::ParsedRow;
using ingest_testing::read_csv;
using ingest_testing::SlowReader;

// The rows as one text: fields between `|`, a row a line.
std::string rows_as_text(const ParsedCsv& parsed) {
  std::string text;
  for (const ParsedRow& row : parsed.rows) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) text += (i == 0 ? "" : "|") + row.cells[i];
    text += "\n";
  }
  return text;
}

struct WellFormed {
  std::string name;
  std::string bytes;
  std::vector<std::string> header;
  std::string rows;
};

TEST(CsvReader, ReadsWhatTheStandardAllows) {
  const WellFormed cases[] = {
      {"plain", "a,b\n1,2\n3,4\n", {"a", "b"}, "1|2\n3|4\n"},
      {"byte order mark",
       "\xef\xbb\xbf"
       "a,b\n1,2\n",
       {"a", "b"},
       "1|2\n"},
      {"byte order mark before a quote", "\xef\xbb\xbf\"a\",b\n1,2\n", {"a", "b"}, "1|2\n"},
      {"CRLF", "a,b\r\n1,2\r\n\"3\",\"4\"\r\n", {"a", "b"}, "1|2\n3|4\n"},
      {"no line feed at the end", "a,b\n1,2", {"a", "b"}, "1|2\n"},
      {"CR but no line feed at the end", "a,b\r\n1,2\r", {"a", "b"}, "1|2\n"},
      {"quoted, no line feed at the end", "a,b\n1,\"2\"", {"a", "b"}, "1|2\n"},
      {"doubled quotes", "a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n", {"a", "b"}, "say \"hi\"|\"\n"},
      {"empty fields", "a,b,c\n,,\n\"\",,\"\"\n", {"a", "b", "c"}, "||\n||\n"},
      {"line feed in quotes", "a,b\n\"1\n2\",3\n4,5\n", {"a", "b"}, "1\n2|3\n4|5\n"},
      {"CRLF in quotes", "a,b\r\n\"1\r\n2\",3\r\n", {"a", "b"}, "1\r\n2|3\n"},
      {"comma in quotes", "a,b\n\"1,2\",3\n", {"a", "b"}, "1,2|3\n"},
      {"empty lines", "\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n", {"a", "b"}, "1|2\n3|4\n"},
      {"header only", "a,b\n", {"a", "b"}, ""},
      {"header only, no line feed", "a,b", {"a", "b"}, ""},
      {"blanks stay", "a,b\n 1 ,\" 2 \"\n", {"a", "b"}, " 1 | 2 \n"},
      {"nothing", "", {}, ""},
      {"byte order mark only", "\xef\xbb\xbf", {}, ""},
      {"empty lines only", "\n\r\n\n", {}, ""},
      {"other bytes", std::string("a,b\n\0\x01,\xff\n", 9), {"a", "b"}, std::string("\0\x01|\xff\n", 5)},
  };
  for (const WellFormed& one : cases) {
    SCOPED_TRACE(one.name);
    const auto parsed = read_csv(one.bytes, 1 << 20);
    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(parsed->header, one.header);
    EXPECT_EQ(rows_as_text(*parsed), one.rows);
    EXPECT_TRUE(parsed->broken.empty());
  }
}

TEST(CsvReader, TellsTheLineOnWhichEachRowBegins) {
  const auto parsed = read_csv("a,b\r\n\r\n\"x\n\ny\",1\n\n2,3\n\"z\n\",\"\n\"\n4,5\n", 1 << 20);
  ASSERT_TRUE(parsed);
  std::vector<std::int64_t> lines;
  for (const ParsedRow& row : parsed->rows) lines.push_back(row.line);
  EXPECT_EQ(lines, (std::vector<std::int64_t>{3, 7, 8, 11}));
}

TEST(CsvReader, KeepsRecordsOfAnotherWidthAsBroken) {
  const auto parsed = read_csv("a,b\n1\n1,2\n1,2,3\n\"x\ny\"\n3,4\n", 1 << 20);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(rows_as_text(*parsed), "1|2\n3|4\n");
  ASSERT_EQ(parsed->broken.size(), 3U);
  EXPECT_EQ(parsed->broken[0].line, 2);
  EXPECT_EQ(parsed->broken[0].value, "1");
  EXPECT_EQ(parsed->broken[0].reason, "1 fields, but the header has 2");
  EXPECT_EQ(parsed->broken[1].line, 4);
  EXPECT_EQ(parsed->broken[1].reason, "3 fields, but the header has 2");
  EXPECT_EQ(parsed->broken[2].line, 5);
}

struct Broken {
  std::string name;
  std::string bytes;
  std::string where;
  std::string why_part;
};

TEST(CsvReader, NamesTheLineOfAQuoteOutOfPlace) {
  const std::string many_quoted = [] {
    std::string rows;
    for (int i = 0; i < 200; ++i) rows += "\"quoted\",\"a\nb\"\n";
    return rows;
  }();
  const Broken cases[] = {
      {"quote inside a field", "a,b\n1,x\"y\n3,4\n", "f.csv, line 2", "inside a field"},
      {"two quotes inside a field", "a,b\n1,x\"y\"\n3,4\n", "f.csv, line 2", "inside a field"},
      {"text behind a quote", "a,b\n1,2\n\"x\"y,2\n", "f.csv, line 3", "follows the closing quote"},
      {"blank before a quote", "a,b\n1, \"x\"\n", "f.csv, line 2", "inside a field"},
      {"never closed", "a,b\n1,2\n3,\"x\n4,5\n6,7\n", "f.csv, line 3", "never closed"},
      {"never closed, behind a line feed in quotes", "a,b\n\"1\n1\",\"x\n4,5\n", "f.csv, line 3", "never closed"},
      {"never closed, with doubled quotes in it", "a,b\n3,\"x\n4,\"\"5\n6,7\n", "f.csv, line 2", "never closed"},
      {"in the header", "a,\"b\n1,2\n", "f.csv, line 1", "never closed"},
      {"stray, with quoted fields behind", "a,b\n1,x\"\n" + many_quoted, "f.csv, line 2", "inside a field"},
      {"stray, with quoted fields before and behind", "a,b\n" + many_quoted + "1,x\"\n" + many_quoted,
       "f.csv, line 402", "inside a field"},
  };
  for (const Broken& one : cases) {
    for (const std::size_t block_bytes : {std::size_t{16}, std::size_t{333}, std::size_t{1} << 20}) {
      SCOPED_TRACE(fmt::format("{}, blocks of {} bytes", one.name, block_bytes));
      const auto parsed = read_csv(one.bytes, block_bytes);
      ASSERT_FALSE(parsed);
      EXPECT_EQ(parsed.error().id, ErrorId::kCsvBroken);
      EXPECT_EQ(parsed.error().where, one.where);
      EXPECT_NE(parsed.error().why.find(one.why_part), std::string::npos) << parsed.error().why;
      EXPECT_FALSE(parsed.error().next.empty());
    }
  }
}

TEST(CsvReader, ReadsARecordLongerThanABlock) {
  const std::string text(300'000, 'x');
  const auto parsed = read_csv("a,b\n1,\"" + text + "\n\"\"" + text + "\"\n3,4\n", 4096);
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->rows.size(), 2U);
  EXPECT_EQ(parsed->rows[0].cells[1], text + "\n\"" + text);
  EXPECT_EQ(parsed->rows[1].line, 4);
}

TEST(CsvReader, RefusesARecordLongerThanTheLimit) {
  for (const std::string start : {"a,b\n1,", "a,b\n1,\"", "a,b\n\n1,\"\n\n"}) {
    CsvBlockReader reader("f.csv", std::make_unique<SlowReader>(start + std::string(5 << 20, 'x'), 1 << 16), 4096,
                          1 << 20);
    CsvBlock block;
    Result<void> read = reader.next(block);
    while (read && !reader.at_end()) read = reader.next(block);
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().why.find("longer than 1 MiB"), std::string::npos) << read.error().why;
  }
}

TEST(CsvReader, PassesOnThatTheStreamFailed) {
  CsvBlockReader reader("f.csv", std::make_unique<ingest_testing::FailingReader>("a,b\n1,2\n"));
  CsvBlock block;
  const auto read = reader.next(block);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().id, ErrorId::kFileForbidden);
}

// RFC 4180, one byte after another.
std::vector<std::vector<std::string>> slow_parse(const std::string& bytes) {
  std::vector<std::vector<std::string>> records(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    std::string& field = records.back().back();
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < bytes.size() && bytes[i + 1] == '"') {
        field += bytes[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      records.back().emplace_back();
    } else if (c == '\n') {
      records.emplace_back(1);
    } else if (c != '\r' || i + 1 == bytes.size() || bytes[i + 1] != '\n') {
      field += c;
    }
  }
  if (records.back() == std::vector<std::string>(1)) records.pop_back();
  return records;
}

std::string random_field(std::mt19937& random) {
  constexpr std::string_view kBytes = "ab,\"\n\r 1";
  std::string field;
  for (std::size_t length = random() % 6; length > 0; --length) field += kBytes[random() % kBytes.size()];
  return field;
}

std::string quoted(const std::string& field, std::mt19937& random) {
  if (field.find_first_of(",\"\n\r") == std::string::npos && random() % 3 != 0) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

TEST(CsvReader, AgreesWithASlowParserAtEveryBlockSize) {
  for (const std::uint64_t seed : test_seeds(30)) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(static_cast<unsigned>(seed));
    const std::size_t columns = 2 + random() % 4;
    const std::string end = random() % 2 == 0 ? "\n" : "\r\n";
    std::string bytes = random() % 3 == 0 ? "\xef\xbb\xbf" : "";
    const std::size_t start = bytes.size();
    const std::size_t records = 1 + random() % 30;
    for (std::size_t record = 0; record < records; ++record) {
      if (record > 0 && random() % 8 == 0) bytes += end;
      const std::size_t width = record > 0 && random() % 10 == 0 ? columns + 1 : columns;
      for (std::size_t i = 0; i < width; ++i) {
        const std::string field = record == 0 ? fmt::format("c{}", i) : random_field(random);
        bytes += (i == 0 ? "" : ",") + quoted(field, random);
      }
      if (record + 1 < records || random() % 2 == 0) bytes += end;
    }

    auto expected = slow_parse(bytes.substr(start));
    std::erase_if(expected, [](const auto& record) { return record == std::vector<std::string>(1); });
    expected.erase(expected.begin());
    std::erase_if(expected, [columns](const auto& record) { return record.size() != columns; });
    const auto whole = read_csv(bytes, 1 << 20);
    ASSERT_TRUE(whole) << whole.error().message();
    std::vector<std::vector<std::string>> found;
    for (const ParsedRow& row : whole->rows) found.push_back(row.cells);
    ASSERT_EQ(found, expected) << bytes;

    for (std::size_t block_bytes = 1; block_bytes <= 200; ++block_bytes) {
      const auto pieces = read_csv(bytes, block_bytes, 1 + block_bytes % 7);
      ASSERT_TRUE(pieces) << pieces.error().message();
      ASSERT_EQ(*pieces, *whole) << "blocks of " << block_bytes << " bytes of " << bytes;
    }
  }
}

}  // namespace
}  // namespace apportion
