#include "query/question.h"

#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/named_relations.h"
#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string file_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class QuestionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    lake_.add_customers({"contoso", "fabrikam"});
    const Import import =
        lake_.add_import({.dataset = Dataset::kFocusCost,
                          .charges = {{{"BilledCost", "10.000000000000000001"}, {"x_CostInUsd", "11"}},
                                      {{"BilledCost", "3"}, {"x_CostInUsd", "4"}},
                                      {{"BilledCost", "0.5"}, {"BillingCurrency", "USD"}}}});
    charges_ = lake_.publish({import});
    lake_.split(charges_, {{TestLake::row_of(import, 0), "contoso", 1},
                           {TestLake::row_of(import, 1), "contoso", 2, "1", "0"},
                           {TestLake::row_of(import, 1), "fabrikam", 2, "2", "0"},
                           {TestLake::row_of(import, 2), "unassigned"}});
    open(ReadScope::of_partner());
  }

  void open(const ReadScope& scope) {
    EngineOptions options;
    options.keep_order = true;
    options.temporary_folder = lake_.folder() / "spill";
    options.memory_bytes_max = std::int64_t{64} << 20;
    engine_.emplace(*Engine::open(options));
    LakeReader reader(*engine_, lake_.control_plane(), lake_.lake());
    auto opened = open_for_questions(reader, scope, *Day::parse("2026-11-20"));
    ASSERT_TRUE(opened) << opened.error().message();
    relations_.emplace(std::move(opened).value());
  }

  Result<Table> asked(const std::string& sql, const Cancel& cancel = Cancel(), const QuestionLimits& limits = {}) {
    APPORTION_ASSIGN(const Question question, read_question(*relations_, sql));
    Table table;
    table.columns = question.columns;
    table.notices = question.notices;
    APPORTION_TRY(answer_question(*relations_, question, limits, cancel, [&table](std::vector<TableCell> row) {
      table.rows.push_back(std::move(row));
      return ok();
    }));
    return table;
  }

  std::vector<std::string> lines(const std::string& sql) {
    const auto table = asked(sql);
    EXPECT_TRUE(table) << sql << ": " << table.error().message();
    return table ? lines_of(*table) : std::vector<std::string>();
  }

  Error error(const std::string& sql) {
    const auto table = asked(sql);
    EXPECT_FALSE(table) << sql;
    return table ? Error{} : table.error();
  }

  TestLake lake_;
  ChargeSet charges_;
  std::optional<Engine> engine_;
  std::optional<NamedRelations> relations_;
};

TEST_F(QuestionTest, AmountsAreExact) {
  const auto table =
      asked("SELECT BillingCurrency, sum(BilledCost) AS Billed, count(*) n FROM charges GROUP BY 1 ORDER BY 1; ");
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_THAT(lines_of(*table), ElementsAre("EUR|13.000000000000000001|2", "USD|0.5|1"));
  EXPECT_EQ(table->columns[1].kind, TableKind::kDecimal);
  EXPECT_EQ(table->columns[2].kind, TableKind::kInteger);
  EXPECT_THAT(table->notices, IsEmpty());
}

TEST_F(QuestionTest, SharesHaveTheirPartOfTheCostAndNoOtherAmountOfTheCharge) {
  EXPECT_THAT(lines("SELECT CustomerId, CustomerName, x_AssignmentKind, BilledCost, x_CostInUsd FROM assigned_charges "
                    "ORDER BY x_RowId, CustomerId"),
              ElementsAre("contoso|Name of contoso|direct|10.000000000000000001|11", "contoso|Name of contoso|share|1|",
                          "fabrikam|Name of fabrikam|share|2|", "unassigned|unassigned|direct|0.5|"));
}

TEST_F(QuestionTest, EachAssignmentOfAMonthHasAnIdOfItsOwn) {
  const auto row = [](std::int64_t ordinal) { return RowId(ImportId(1), ordinal).stored(); };
  const std::vector<std::string> ids{fmt::format("{}/direct/contoso", row(0)), fmt::format("{}/share/contoso", row(1)),
                                     fmt::format("{}/share/fabrikam", row(1)),
                                     fmt::format("{}/direct/unassigned", row(2))};
  for (const char* relation : {"assigned_charges", "assignments"}) {
    EXPECT_EQ(lines(fmt::format("SELECT x_AssignmentId FROM {} ORDER BY x_RowId, CustomerId", relation)), ids)
        << relation;
  }
  EXPECT_THAT(lines("SELECT x_AssignmentId FROM shares ORDER BY CustomerId"), ElementsAre(ids[1], ids[2]));
}

TEST_F(QuestionTest, AJoinWithCustomersDoublesNothing) {
  EXPECT_THAT(lines("SELECT sum(BilledCost) FROM assigned_charges JOIN customers USING (CustomerId)"),
              ElementsAre("13.000000000000000001"));
}

TEST_F(QuestionTest, FloatingPointIsMarked) {
  const auto table = asked("SELECT avg(BilledCost) AS Mean, 2 * BilledCost AS Twice FROM charges GROUP BY Twice");
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_THAT(table->notices, ElementsAre("column Mean is floating point, so it is not exact money"));
}

TEST_F(QuestionTest, EveryTypeIsCarried) {
  EXPECT_THAT(
      lines("SELECT true, 1e3, [1, 2], {'a': 1}, TIMESTAMP '2026-10-01 10:00:00', NULL, "
            "18446744073709551615::UBIGINT, 5::HUGEINT, DATE '2026-10-31', "
            "1.5::DECIMAL(38,18) * 1.5::DECIMAL(38,18), 9999999999999999999999999999999999999.9::DECIMAL(38,1), "
            "255::UTINYINT, INTERVAL 1 DAY"),
      ElementsAre("true|1000.0|[1, 2]|{'a': 1}|2026-10-01 10:00:00||18446744073709551615|5|2026-10-31|"
                  "2.250000000000000000000000000000000000|9999999999999999999999999999999999999.9|255|1 day"));
  EXPECT_THAT(lines("SELECT 'infinity'::DATE IS NULL, 1 AS a, 2 AS a, 3 AS \"a b\" -- a comment"),
              ElementsAre("false|1|2|3"));
  EXPECT_THAT(lines("SELECT 'infinity'::DATE"), SizeIs(1));
  EXPECT_EQ(error("SELECT 170141183460469231731687303715884105727").id, ErrorId::kSqlInvalid);
}

TEST_F(QuestionTest, ReadsCommonTableExpressionsSubqueriesAndWindows) {
  EXPECT_THAT(lines("WITH top AS (SELECT CustomerId, sum(BilledCost) AS b FROM assigned_charges GROUP BY 1) "
                    "SELECT CustomerId FROM top WHERE b > 1 QUALIFY row_number() OVER (ORDER BY b DESC) <= 1"),
              ElementsAre("contoso"));
  EXPECT_THAT(lines("FROM range(3)"), ElementsAre("0", "1", "2"));
  EXPECT_THAT(lines("SELECT * FROM (SELECT range AS n FROM range(2000) ORDER BY n DESC) LIMIT 2"),
              ElementsAre("1999", "1998"));
}

TEST_F(QuestionTest, NothingButOneSelectIsAQuestion) {
  for (const char* sql : {"",
                          ";",
                          "SELECT 1; SELECT 2",
                          "DROP VIEW charges",
                          "INSERT INTO customers VALUES ('x', 'y', 'z')",
                          "CREATE TABLE t (a INT)",
                          "COPY (SELECT 1) TO '/tmp/x.csv'",
                          "ATTACH '/tmp/x.db'",
                          "INSTALL httpfs",
                          "LOAD httpfs",
                          "SET memory_limit = '1TB'",
                          "PRAGMA database_list",
                          "CALL pragma_version()",
                          "SHOW TABLES",
                          "DESCRIBE charges",
                          "EXPLAIN SELECT 1",
                          "SELECT * FROM charges WHERE Month = ?",
                          "SELECT $1",
                          "EXPORT DATABASE '/tmp/x'",
                          "VACUUM",
                          "CHECKPOINT",
                          "BEGIN",
                          "USE memory"}) {
    EXPECT_EQ(error(sql).id, ErrorId::kSqlNotAQuestion) << sql;
  }
}

TEST_F(QuestionTest, NoFileSettingOrCatalogIsReached) {
  for (const char* sql :
       {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')", "SELECT * FROM glob('/etc/*')", "SELECT * FROM read_parquet('x')",
        "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_views()", "SELECT current_setting('temp_directory')",
        "SELECT getenv('HOME')", "SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('charges')",
        "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
        "WITH a AS (SELECT * FROM sniff_csv('/etc/passwd')) SELECT * FROM a",
        "SELECT * FROM json_execute_serialized_sql('{}')"}) {
    EXPECT_EQ(error(sql).id, ErrorId::kSqlNotAQuestion) << sql;
  }
  for (const char* sql :
       {"SELECT * FROM '/etc/passwd'", "SELECT * FROM 'x.parquet'", "SELECT * FROM duckdb_tables",
        "SELECT * FROM information_schema.tables", "SELECT * FROM sqlite_master", "SELECT * FROM stored_charges",
        "SELECT * FROM split_charges", "SELECT * FROM temp.charges", "SELECT * FROM main.charges"}) {
    EXPECT_EQ(error(sql).id, ErrorId::kSqlRelationUnknown) << sql;
  }
}

// What the check of the text would let through, the engine does not.
TEST_F(QuestionTest, TheLockedEngineReadsTheFilesOfTheRelationsOnly) {
  const auto secret = lake_.folder() / "secret.csv";
  std::ofstream(secret) << "a,b\n1,2\n";
  const std::filesystem::path file = lake_.lake().path_of(charges_.files.at(0));
  const std::string before = file_text(file);
  for (const std::string& sql :
       {fmt::format("SELECT * FROM read_csv({})", sql_literal(secret.string())),
        fmt::format("SELECT * FROM read_text({})", sql_literal((file.parent_path() / "../secret.csv").string())),
        fmt::format("SELECT * FROM glob({})", sql_literal((lake_.folder() / "*").string())),
        fmt::format("COPY (SELECT 1 AS a) TO {}", sql_literal((lake_.folder() / "new.csv").string())),
        fmt::format("COPY (SELECT 1 AS a) TO {}", sql_literal(file.string())),
        fmt::format("ATTACH {}", sql_literal((lake_.folder() / "new.db").string())), std::string("LOAD httpfs"),
        std::string("INSTALL httpfs"), std::string("SET enable_external_access = true"),
        std::string("SET allowed_directories = ['/']"), std::string("RESET lock_configuration"),
        std::string("SET memory_limit = '1TB'")}) {
    EXPECT_FALSE(engine_->execute(sql)) << sql;
  }
  EXPECT_EQ(file_text(file), before);
  EXPECT_FALSE(std::filesystem::exists(lake_.folder() / "new.csv"));
  EXPECT_FALSE(std::filesystem::exists(lake_.folder() / "new.db"));
  EXPECT_THAT(lines("SELECT count(*) FROM charges"), ElementsAre("3"));
}

TEST_F(QuestionTest, AScopeHasItsMonthsOnly) {
  lake_.publish(
      {lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {{{"BilledCost", "7"}}}, .month = "2026-09"})});
  open(ReadScope::of_partner({}, Month::parse("2026-09")));
  EXPECT_THAT(lines("SELECT Month, BilledCost FROM charges"), ElementsAre("2026-09|7"));
  EXPECT_THAT(lines("SELECT Month, State FROM months"), ElementsAre("2026-09|complete"));
  ReadScope later = ReadScope::of_partner();
  later.first_month = Month::parse("2026-10");
  open(later);
  EXPECT_THAT(lines("SELECT DISTINCT Month FROM charges"), ElementsAre("2026-10"));
}

TEST_F(QuestionTest, OnlyThePartnerMayAsk) {
  auto engine = Engine::open(EngineOptions{});
  const ReadScope customer{Audience::kCostView, std::set<CustomerId>{CustomerId("contoso")}, {}, {}};
  LakeReader reader(*engine, lake_.control_plane(), lake_.lake());
  const auto opened = open_for_questions(reader, customer, Day(0));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), ErrorKind::kForbidden);
}

TEST_F(QuestionTest, MistakesGetTheNearestName) {
  const Error relation = error("SELECT * FROM charge");
  EXPECT_EQ(relation.id, ErrorId::kSqlRelationUnknown);
  EXPECT_THAT(relation.next, HasSubstr("charges"));
  const Error column = error("SELECT BiledCost FROM charges");
  EXPECT_EQ(column.id, ErrorId::kSqlInvalid);
  EXPECT_THAT(column.next, HasSubstr("did you mean BilledCost?"));
  const Error syntax = error("SELECT FROM WHERE");
  EXPECT_EQ(syntax.id, ErrorId::kSqlInvalid);
  EXPECT_THAT(syntax.where, HasSubstr("WHERE"));
  EXPECT_EQ(error("SELECT CAST('x' AS INTEGER)").id, ErrorId::kSqlInvalid);
  EXPECT_EQ(error("SELECT strptime(BillingCurrency, '%Y') FROM charges").id, ErrorId::kSqlInvalid);
}

TEST_F(QuestionTest, AWishToStopEndsAnEndlessQuestion) {
  const Cancel cancel;
  std::thread stop([&cancel] { cancel.request(); });
  const auto table =
      asked("WITH RECURSIVE t(n) AS (SELECT 1::BIGINT UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t", cancel);
  stop.join();
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind(), ErrorKind::kCancelled);
  EXPECT_THAT(lines("SELECT count(*) FROM charges"), ElementsAre("3"));
}

TEST_F(QuestionTest, BeyondItsLimitsAQuestionEnds) {
  const std::string endless =
      "WITH RECURSIVE t(n) AS (SELECT 1::BIGINT UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t";
  const auto late = asked(endless, {}, {.time = std::chrono::seconds(1)});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().id, ErrorId::kSqlInvalid);
  EXPECT_THAT(late.error().why, HasSubstr("longer than 1 second"));
  const auto large = asked(endless, {}, {.process_bytes = 1});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().id, ErrorId::kSqlInvalid);
  EXPECT_THAT(large.error().why, HasSubstr("memory"));
  EXPECT_THAT(lines("SELECT count(*) FROM charges"), ElementsAre("3"));
}

TEST_F(QuestionTest, ValuesOfAnySizeAreNotMade) {
  for (const char* sql : {"SELECT length(repeat('x', 2000000000))", "SELECT repeat('x', count(*)) FROM charges",
                          "SELECT lpad('x', 2000000000, ' ')", "SELECT len(range(100000000))",
                          "SELECT format('{:2000000000}', 'x')", "SELECT format(BillingCurrency, 1) FROM charges",
                          "SELECT printf('%2000000000d', 1)", "SELECT list_resize([1], 1000000000, 0)"}) {
    EXPECT_EQ(error(sql).id, ErrorId::kSqlNotAQuestion) << sql;
  }
  EXPECT_THAT(lines("SELECT lpad('7', 3, '0'), repeat('x', 3), format('{:>3}', 'y'), printf('%03d', 5), len(range(9))"),
              ElementsAre("007|xxx|  y|005|9"));
}

TEST_F(QuestionTest, TheMemoryHasALimitAndSpillsWhereItMay) {
  EXPECT_THAT(lines("SELECT max(n), count(*) FROM (SELECT range AS n, repeat('x', 50) AS t FROM range(1000000) "
                    "ORDER BY hash(range), t)"),
              ElementsAre("999999|1000000"));
  const auto table = asked("SELECT length(string_agg(repeat('x', 1000), '')) FROM range(1000000)");
  ASSERT_FALSE(table);
  EXPECT_EQ(engine_->last_failure(), EngineFailure::kOutOfMemory);
  EXPECT_EQ(table.error().id, ErrorId::kEngineFailed);
}

TEST_F(QuestionTest, EveryColumnOfARelationHasAMeaning) {
  const auto columns = relations_->columns();
  ASSERT_TRUE(columns);
  std::set<std::string> relations;
  for (const NamedColumn& column : *columns) {
    relations.insert(column.relation);
    EXPECT_FALSE(column.about.empty()) << column.relation << "." << column.name;
    if (column.relation.starts_with("reservation_") || find_charge_column(column.name) != nullptr) continue;
    EXPECT_NE(column.about, "As Microsoft's file has it") << column.relation << "." << column.name;
  }
  EXPECT_EQ(relations.size(), named_relations().size());
}

}  // namespace
}  // namespace apportion
