#include "engine/trino/relation_texts.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/trino/neutral_dialect.h"
#include "engine/trino/sql_words.h"
#include "engine/trino/trino_workbench.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> words_of(std::string_view sql) {
  std::vector<std::string> words;
  for (const SqlWord& word : sql_words(sql)) words.push_back(word.text);
  return words;
}

std::string composed(const RelationTexts& relations, std::string_view sql) {
  return relations.with_relations(sql, relations.read_by(sql), [](const RelationTexts::Files& files) {
    return "files_from_" + files.front().filename().string();
  });
}

TEST(SqlWords, LeavesOutTextsAndComments) {
  EXPECT_THAT(words_of("SELECT a.\"B\"\"c\", 'it''s charges ?' -- charges\nFROM Charges WHERE x=?"),
              ElementsAre("select", "a", "b\"c", "from", "charges", "where", "x", "?"));
  EXPECT_THAT(words_of("'never closed charges"), IsEmpty());
}

TEST(RelationTexts, PutsWhatIsReadInFront) {
  RelationTexts relations;
  relations.put_view("charges", "SELECT 1 AS x_RowId");
  relations.put_view("assigned", "SELECT * FROM Charges");
  relations.put_view("other", "SELECT 2 AS y");
  EXPECT_EQ(composed(relations, "SELECT * FROM assigned a"),
            "WITH \"charges\" AS (\nSELECT 1 AS x_RowId\n),\n\"assigned\" AS (\nSELECT * FROM Charges\n)\n"
            "SELECT * FROM assigned a");
  EXPECT_EQ(composed(relations, "SELECT 'charges'"), "SELECT 'charges'");
}

TEST(RelationTexts, GoesBeforeTheStatementsOwnParts) {
  RelationTexts relations;
  relations.put_view("charges", "SELECT 1 AS x");
  EXPECT_EQ(composed(relations, "-- What it is.\nWITH mine AS (SELECT * FROM charges) SELECT * FROM mine"),
            "WITH \"charges\" AS (\nSELECT 1 AS x\n),\n mine AS (SELECT * FROM charges) SELECT * FROM mine");
}

TEST(RelationTexts, TakesANameWithinItsOwnTextForSomethingElse) {
  RelationTexts relations;
  relations.put_view("filled", "SELECT * FROM (SELECT 1 AS x) filled");
  EXPECT_THAT(composed(relations, "SELECT x FROM filled"), HasSubstr("WITH \"filled\" AS (\nSELECT * FROM (SELECT"));
}

TEST(RelationTexts, ReadsAViewAsItIsWhenTheStatementRuns) {
  RelationTexts relations;
  relations.put_view("inner_one", "SELECT 1 AS x");
  relations.put_view("outer_one", "SELECT * FROM inner_one");
  relations.put_view("inner_one", "SELECT 2 AS x");
  EXPECT_THAT(composed(relations, "SELECT * FROM outer_one"), HasSubstr("SELECT 2 AS x"));
  relations.drop_view("inner_one");
  EXPECT_THAT(composed(relations, "SELECT * FROM outer_one"), Not(HasSubstr("inner_one\" AS")));
}

TEST(RelationTexts, NamesFilesOnce) {
  RelationTexts relations;
  const RelationTexts::Files files{"/lake/a.parquet"};
  const std::string name = relations.name_of_files(files);
  EXPECT_EQ(relations.name_of_files(files), name);
  relations.put_view("charges", "SELECT * FROM " + name + " c");
  const auto reads = relations.read_by("SELECT * FROM charges");
  ASSERT_EQ(reads.files.size(), 1U);
  EXPECT_EQ(*reads.files.front(), files);
  EXPECT_THAT(composed(relations, "SELECT * FROM charges"), HasSubstr("SELECT * FROM files_from_a.parquet"));
}

TEST(RelationTexts, WritesTablesAsLiterals) {
  RelationTexts relations;
  relations.put_table("customers", rows_with_columns("Number BIGINT, CustomerName VARCHAR, Cost DECIMAL(38,18)"));
  EXPECT_EQ(composed(relations, "SELECT * FROM customers"),
            "WITH \"customers\" AS (\nSELECT CAST(NULL AS BIGINT) AS \"Number\", CAST(NULL AS VARCHAR) AS "
            "\"CustomerName\", CAST(NULL AS DECIMAL(38,18)) AS \"Cost\" WHERE false\n)\nSELECT * FROM customers");
  relations.table("customers")->cells = {std::int64_t{7}, std::string("O'Neil"), EngineValue()};
  EXPECT_THAT(composed(relations, "SELECT * FROM customers"),
              HasSubstr("FROM (VALUES (CAST('7' AS BIGINT), 'O''Neil', NULL)) AS kept_rows (c0, c1, c2)"));
}

TEST(StatementWithValues, QuotesTheStatementAndEachValue) {
  const std::vector<EngineValue> values{
      std::string("'); DROP TABLE charges --"), std::int64_t{-9'223'372'036'854'775'807},
      Decimal::parse("-99999999999999999999.999999999999999999").value, *Day::parse("2026-10-31"), EngineValue()};
  EXPECT_EQ(statement_with_values("SELECT 'a' WHERE ? = ?", values),
            "EXECUTE IMMEDIATE 'SELECT ''a'' WHERE ? = ?' USING '''); DROP TABLE charges --', "
            "CAST('-9223372036854775807' AS BIGINT), "
            "CAST('-99999999999999999999.999999999999999999' AS DECIMAL(38,18)), DATE '2026-10-31', NULL");
  EXPECT_EQ(statement_with_values("SELECT 1", {}), "SELECT 1");
}

class PlainDialect final : public Dialect {
 public:
  std::string hash_of(std::string_view values) const override { return "h(" + std::string(values) + ")"; }
  std::string compact_json(std::string_view text, std::string_view otherwise) const override {
    return "c(" + std::string(text) + "|" + std::string(otherwise) + ")";
  }
  std::string json_text_at(std::string_view text, std::string_view pointer) const override {
    return "t(" + std::string(text) + "|" + std::string(pointer) + ")";
  }
};

TEST(NeutralDialect, IsSpelledOnceTheEngineIsKnown) {
  const NeutralDialect neutral;
  const std::string sql = "SELECT " + neutral.hash_of("a, " + neutral.compact_json("b", "''")) + ", " +
                          neutral.json_text_at("Tags", "?") + " FROM x";
  EXPECT_EQ(spelled(sql, PlainDialect()), "SELECT h(a, c(b|'')), t(Tags|?) FROM x");
  EXPECT_EQ(spelled("SELECT 1", PlainDialect()), "SELECT 1");
}

TEST(TrinoDialect, HasThePlaceOfAValueOnce) {
  const auto words = sql_words(TrinoDialect().json_text_at("a.Tags", "?"));
  EXPECT_EQ(std::ranges::count(words, "?", &SqlWord::text), 1);
}

}  // namespace
}  // namespace apportion
