#include "engine/engine.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <thread>

#include <gtest/gtest.h>

namespace apportion {
namespace {

Engine open_engine() {
  auto engine = Engine::open({});
  EXPECT_TRUE(engine) << engine.error().message();
  return std::move(engine).value();
}

Decimal decimal(const char* text) { return Decimal::parse(text).value; }

TEST(Engine, CarriesEveryTypeExactly) {
  Engine engine = open_engine();
  const std::vector<EngineValue> values{std::string("Käse"), std::int64_t{-5},
                                        decimal("-12345678901234567890.000000000000000001"), *Day::parse("2026-10-31"),
                                        std::monostate{}};
  int rows = 0;
  const auto outcome = engine.query("SELECT ?::VARCHAR, ?::BIGINT, ?::DECIMAL(38,18), ?::DATE, ?::VARCHAR", values,
                                    [&](const EngineRow& row) {
                                      ++rows;
                                      EXPECT_EQ(row.text(0), "Käse");
                                      EXPECT_EQ(row.integer(1), -5);
                                      EXPECT_EQ(row.decimal(2).to_string(), "-12345678901234567890.000000000000000001");
                                      EXPECT_EQ(row.day(3).to_string(), "2026-10-31");
                                      EXPECT_TRUE(row.is_null(4));
                                      return ok();
                                    });
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(rows, 1);
}

TEST(Engine, RescalesNarrowDecimals) {
  Engine engine = open_engine();
  const auto outcome =
      engine.query("SELECT 1.5::DECIMAL(4,1), 7::INTEGER, sum(x) FROM (VALUES (0.1::DECIMAL(9,2)), (0.2)) t(x)", {},
                   [](const EngineRow& row) {
                     EXPECT_EQ(row.decimal(0).to_string(), "1.5");
                     EXPECT_EQ(row.decimal(1).to_string(), "7");
                     EXPECT_EQ(row.decimal(2).to_string(), "0.3");
                     return ok();
                   });
  EXPECT_TRUE(outcome);
}

TEST(Engine, AppendsRowsAndStreamsThemBack) {
  Engine engine = open_engine();
  ASSERT_TRUE(engine.execute("CREATE TABLE amounts (who VARCHAR, amount DECIMAL(38,18), day DATE)"));
  auto appender = engine.append_to("amounts");
  ASSERT_TRUE(appender);
  for (int i = 0; i < 10000; ++i) {
    appender->text("a").decimal(decimal("0.1")).day(*Day::parse("2026-10-01")).end_row();
  }
  appender->text("b").null().null().end_row();
  ASSERT_TRUE(appender->finish());
  int rows = 0;
  Decimal sum;
  const auto outcome = engine.query("SELECT who, amount FROM amounts", {}, [&](const EngineRow& row) {
    ++rows;
    if (!row.is_null(1)) sum += row.decimal(1);
    return ok();
  });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(rows, 10001);
  EXPECT_EQ(sum.to_string(), "1000");
}

TEST(Engine, SaysWhatIsWrongWithAStatement) {
  Engine engine = open_engine();
  const auto outcome = engine.execute("SELECT * FROM nowhere");
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().why.find("nowhere"), std::string::npos);
}

TEST(Engine, ViewWithoutFilesIsEmptyButTyped) {
  Engine engine = open_engine();
  ASSERT_TRUE(engine.view_over_parquet("charges", {}, "x_RowId BIGINT, BilledCost DECIMAL(38,18)"));
  const auto columns = engine.describe("SELECT * FROM charges");
  ASSERT_TRUE(columns);
  ASSERT_EQ(columns->size(), 2u);
  EXPECT_EQ((*columns)[1].type, EngineType::kDecimal);
}

TEST(Engine, BindsValuesInTheOrderInWhichTheyStand) {
  Engine engine = open_engine();
  const std::vector<EngineValue> values{std::int64_t{1}, std::int64_t{2}, std::int64_t{2}};
  const auto outcome =
      engine.query("SELECT CAST(? AS BIGINT), CAST(? AS BIGINT) + 10 WHERE ? = 2", values, [](const EngineRow& row) {
        EXPECT_EQ(row.integer(0), 1);
        EXPECT_EQ(row.integer(1), 12);
        return ok();
      });
  EXPECT_TRUE(outcome) << outcome.error().message();
}

// The rows of a relation with one column of whole numbers, in order.
std::vector<std::int64_t> numbers_in(QueryEngine& engine, const std::string& relation) {
  std::vector<std::int64_t> numbers;
  const auto read = engine.query("SELECT x FROM " + relation + " ORDER BY x", {}, [&numbers](const EngineRow& row) {
    numbers.push_back(row.integer(0));
    return ok();
  });
  EXPECT_TRUE(read) << read.error().message();
  return numbers;
}

using Numbers = std::vector<std::int64_t>;

TEST(Workbench, MakesRelationsThatTakeThePlaceOfThoseOfTheirName) {
  Engine engine = open_engine();
  Workbench& workbench = engine;
  ASSERT_TRUE(workbench.make_table("kept", "x BIGINT"));
  ASSERT_TRUE(workbench.make_table_of("kept", "-- one\nSELECT CAST(1 AS BIGINT) AS x"));
  ASSERT_TRUE(workbench.insert_rows("kept", "-- two\nSELECT 2"));
  ASSERT_TRUE(workbench.make_view("seen", "SELECT x FROM kept"));
  ASSERT_TRUE(workbench.make_view("seen", "SELECT x + 10 AS x FROM kept -- all"));
  EXPECT_EQ(numbers_in(workbench, "seen"), (Numbers{11, 12}));
  ASSERT_TRUE(workbench.rename_view("seen", "seen before"));
  EXPECT_EQ(numbers_in(workbench, sql_identifier("seen before")), (Numbers{11, 12}));
  ASSERT_TRUE(workbench.make_view("seen", "SELECT x FROM kept WHERE x > 1"));
  EXPECT_EQ(numbers_in(workbench, "seen"), Numbers{2});
  ASSERT_TRUE(workbench.rename_table("kept", "others"));
  EXPECT_EQ(numbers_in(workbench, "others"), (Numbers{1, 2}));
  ASSERT_TRUE(workbench.drop_view("seen"));
  ASSERT_TRUE(workbench.drop_view("seen"));
  ASSERT_TRUE(workbench.drop_table("others"));
  ASSERT_TRUE(workbench.drop_table("others"));
  EXPECT_FALSE(workbench.query("SELECT x FROM others", {}, [](const EngineRow&) { return ok(); }));
}

TEST(Workbench, WritesTheRowsOfAStatementAndCountsThem) {
  Engine engine = open_engine();
  Workbench& workbench = engine;
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "it's a workbench";
  std::filesystem::create_directories(folder);
  const std::vector<std::filesystem::path> files{folder / "small.parquet", folder / "quick.parquet"};
  const std::vector<EngineValue> values{std::int64_t{7}};
  constexpr std::string_view kRows = "SELECT CAST(? AS BIGINT) AS x -- the end";
  ASSERT_EQ(workbench.write_parquet(kRows, values, files[0]).value(), 1);
  ASSERT_EQ(workbench.write_parquet("SELECT CAST(8 AS BIGINT) AS x", {}, files[1], ParquetPacking::kQuick).value(), 1);
  ASSERT_TRUE(workbench.view_over_parquet("written", files, ""));
  EXPECT_EQ(numbers_in(workbench, "written"), (Numbers{7, 8}));
  EXPECT_EQ(numbers_in(workbench, workbench.rows_of_parquet(std::span(files).first(1)) + " f"), Numbers{7});
  EXPECT_FALSE(workbench.write_parquet("SELECT 1 AS x", {}, folder / "nowhere" / "a.parquet"));
  EXPECT_EQ(workbench.last_failure(), EngineFailure::kIo);
  std::filesystem::remove_all(folder);
}

TEST(Workbench, WritesJsonLinesAsParquetWithStructsAndMaps) {
  Engine engine = open_engine();
  Workbench& workbench = engine;
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "it's nested";
  std::filesystem::create_directories(folder);
  const std::vector<std::filesystem::path> files{folder / "nested.parquet"};
  std::ofstream(folder / "lines.json") << R"({"add":{"path":"a","of":{"month":"10"}}})"
                                       << "\n{}\n";
  using Column = std::pair<std::string_view, std::string_view>;
  const std::vector<Column> columns{{"add", "STRUCT(path VARCHAR, of MAP(VARCHAR, VARCHAR))"}, {"txn", "BIGINT"}};
  ASSERT_TRUE(workbench.write_parquet_of_json(folder / "lines.json", columns, files[0]));
  ASSERT_TRUE(workbench.view_over_parquet("nested", files, ""));
  std::string rows;
  ASSERT_TRUE(workbench.query("SELECT \"add\".path, \"add\".of['month'] FROM nested WHERE txn IS NULL", {},
                              [&](const EngineRow& row) {
                                rows += row.is_null(0) ? "none;" : fmt::format("{} {};", row.text(0), row.text(1));
                                return ok();
                              }));
  EXPECT_EQ(rows, "a 10;none;");
  EXPECT_FALSE(workbench.write_parquet_of_json(folder / "nowhere.json", columns, files[0]));
  std::filesystem::remove_all(folder);
}

TEST(Workbench, SaysSoWhenARowDoesNotFitItsTable) {
  Engine engine = open_engine();
  ASSERT_TRUE(engine.make_table("pairs", "x BIGINT, y BIGINT"));
  auto rows = engine.append_to("pairs");
  ASSERT_TRUE(rows);
  rows->integer(1).end_row();
  EXPECT_FALSE(rows->finish());
  EXPECT_FALSE(engine.append_to("nowhere"));
}

TEST(Dialect, AHashIsAnInteger) {
  Engine engine = open_engine();
  const std::string sql = "SELECT " + engine.dialect().hash_of("n") + " FROM range(100) numbers(n)";
  std::set<std::int64_t> hashes;
  const auto outcome = engine.query(sql, {}, [&](const EngineRow& row) {
    hashes.insert(row.integer(0));
    return ok();
  });
  EXPECT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(hashes.size(), 100U);
}

TEST(Dialect, HashesListsOfValuesAndReadsJson) {
  Engine engine = open_engine();
  const Dialect& dialect = engine.dialect();
  const std::string list = "CAST(NULL AS VARCHAR), 'a', 1.50";
  const std::string spaced = R"('{"a":  {"b/c": "x"},  "n": null}')";
  const std::string sql = "SELECT " + dialect.hash_of(list) + " = " + dialect.hash_of(list) + ", " +
                          dialect.hash_of("'a', 'b'") + " = " + dialect.hash_of("'b', 'a'") + ", " +
                          dialect.compact_json(spaced, "'no'") + ", " + dialect.compact_json("'{'", "'no'") + ", " +
                          dialect.json_text_at(spaced, "?") + ", " + dialect.json_text_at("'{'", "?") + ", " +
                          dialect.json_text_at(spaced, "?");
  const std::vector<EngineValue> values{std::string("/a/b~1c"), std::string("/a"), std::string("/n")};
  const auto outcome = engine.query(sql, values, [](const EngineRow& row) {
    EXPECT_EQ(row.integer(0), 1);
    EXPECT_EQ(row.integer(1), 0);
    EXPECT_EQ(row.text(2), R"({"a":{"b/c":"x"},"n":null})");
    EXPECT_EQ(row.text(3), "no");
    EXPECT_EQ(row.text(4), "x");
    EXPECT_TRUE(row.is_null(5));
    EXPECT_TRUE(row.is_null(6));
    return ok();
  });
  EXPECT_TRUE(outcome) << outcome.error().message();
}

// The facts about the engine's arithmetic that the rest relies on; a new version must keep them.
TEST(Engine, SumsAreExactDecimalsAndDivisionIsNot) {
  Engine engine = open_engine();
  const auto outcome = engine.query(
      "SELECT typeof(sum(x)), typeof(min(x) / min(x)), typeof(avg(x)) FROM (VALUES (1.5::DECIMAL(38,18))) t(x)", {},
      [](const EngineRow& row) {
        EXPECT_EQ(row.text(0), "DECIMAL(38,18)");
        EXPECT_EQ(row.text(1), "DOUBLE");
        EXPECT_EQ(row.text(2), "DOUBLE");
        return ok();
      });
  EXPECT_TRUE(outcome);
}

// What a statement fails with; kOther, and a failed test, when it does not fail.
EngineFailure failure_of(Engine& engine, std::string_view sql) {
  EXPECT_FALSE(engine.execute(sql)) << sql;
  return engine.last_failure();
}

TEST(EngineThreads, AreNoMoreThanTheMemoryIsEnoughFor) {
  const auto threads_with = [](std::int64_t mebibytes, int wanted) {
    Engine engine = std::move(Engine::open({.memory_bytes_max = mebibytes << 20, .threads = wanted})).value();
    std::int64_t threads = 0;
    EXPECT_TRUE(engine.query("SELECT CAST(current_setting('threads') AS BIGINT)", {}, [&](const EngineRow& row) {
      threads = row.integer(0);
      return ok();
    }));
    return threads;
  };
  EXPECT_EQ(threads_with(20, 7), 1);
  EXPECT_EQ(threads_with(128, 7), 2);
  EXPECT_EQ(threads_with(1024, 7), 7);
}

TEST(Engine, HoldsTheRightSideOfAJoin) {
  auto engine = std::move(Engine::open({})).value();
  ASSERT_TRUE(engine.execute("CREATE TABLE few AS SELECT n AS of_few FROM range(10) t(n)"));
  ASSERT_TRUE(engine.execute("CREATE TABLE many AS SELECT n AS of_many FROM range(100000) t(n)"));
  std::string plan;
  ASSERT_TRUE(engine.query("EXPLAIN (FORMAT json) SELECT of_few FROM few JOIN many ON of_few = of_many", {},
                           [&plan](const EngineRow& row) {
                             plan = row.text(1);
                             return ok();
                           }));
  // A node's children: first what streams, then what is held.
  const std::size_t streams = plan.find("main.few");
  const std::size_t is_held = plan.find("main.many");
  ASSERT_NE(streams, std::string::npos) << plan;
  ASSERT_NE(is_held, std::string::npos) << plan;
  EXPECT_LT(streams, is_held) << plan;
}

TEST(EngineFailure, IsToldByTheCodeOfTheEngine) {
  Engine engine = std::move(Engine::open({.memory_bytes_max = std::int64_t{20} << 20, .threads = 1})).value();
  const std::string broken = testing::TempDir() + "engine_failure.parquet";
  std::ofstream(broken) << "no Parquet";
  EXPECT_EQ(failure_of(engine, "SELECT count(*) FROM (SELECT DISTINCT range FROM range(100000000))"),
            EngineFailure::kOutOfMemory);
  EXPECT_EQ(failure_of(engine, "FROM read_parquet('/nowhere/x.parquet')"), EngineFailure::kIo);
  EXPECT_EQ(failure_of(engine, "COPY (SELECT range FROM range(1000000)) TO '/dev/full' (FORMAT csv)"),
            EngineFailure::kDiskFull);
  EXPECT_EQ(failure_of(engine, "FROM read_parquet(" + sql_literal(broken) + ")"), EngineFailure::kBadFile);
  EXPECT_EQ(failure_of(engine, "SELECT 'Out of Memory Error: IO Error'::INTEGER"), EngineFailure::kOther);
}

TEST(EngineFailure, OfAStatementThatCannotBePreparedHasItsCodeToo) {
  Engine engine = open_engine();
  ASSERT_FALSE(engine.describe("FROM read_parquet('/nowhere/x.parquet')"));
  EXPECT_EQ(engine.last_failure(), EngineFailure::kIo);
  ASSERT_FALSE(engine.execute("SELECT ? FROM nowhere", std::vector<EngineValue>{std::int64_t{1}}));
  EXPECT_EQ(engine.last_failure(), EngineFailure::kOther);
}

constexpr std::string_view kEndless =
    "SELECT a.range FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range + c.range < 0";

void expect_usable(Engine& engine) {
  const auto outcome = engine.query("SELECT 7", {}, [](const EngineRow& row) {
    EXPECT_EQ(row.integer(0), 7);
    return ok();
  });
  EXPECT_TRUE(outcome) << outcome.error().message();
}

TEST(Engine, IsInterruptedFromAnotherThreadAndStaysUsable) {
  Engine engine = open_engine();
  std::atomic<bool> has_ended = false;
  std::thread other([&] {
    while (!has_ended) {
      engine.interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto outcome = engine.execute(kEndless, {});
  has_ended = true;
  other.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(engine.last_failure(), EngineFailure::kInterrupted) << outcome.error().message();
  expect_usable(engine);
}

TEST(Engine, StopsAStatementAtItsDeadlineAndStaysUsable) {
  auto engine = Engine::open({.deadline = std::chrono::milliseconds(20)});
  ASSERT_TRUE(engine);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(failure_of(*engine, kEndless), EngineFailure::kDeadline);
    ASSERT_FALSE(engine->execute(kEndless, {}));
    EXPECT_EQ(engine->last_failure(), EngineFailure::kDeadline);
    ASSERT_FALSE(engine->execute_counting(kEndless, {}));
    EXPECT_EQ(engine->last_failure(), EngineFailure::kDeadline);
  }
}

TEST(EngineDatabase, EnginesOnManyThreadsUseTheSameNamesForDifferentThings) {
  const auto database = EngineDatabase::open({.threads = 2});
  ASSERT_TRUE(database);
  const auto work = [&database](std::int64_t number) {
    auto engine = Engine::open(*database);
    ASSERT_TRUE(engine);
    for (int round = 0; round < 20; ++round) {
      ASSERT_TRUE(engine->view_over_parquet("no_rows", {}, "x BIGINT"));
      ASSERT_TRUE(engine->execute("CREATE OR REPLACE TEMP TABLE facts (x BIGINT)"));
      auto appender = engine->append_to("facts");
      ASSERT_TRUE(appender);
      appender->integer(number).end_row();
      ASSERT_TRUE(appender->finish());
      ASSERT_TRUE(engine->execute("CREATE OR REPLACE TEMP VIEW seen AS SELECT x FROM facts UNION ALL FROM no_rows"));
      std::vector<std::int64_t> seen;
      ASSERT_TRUE(engine->query("SELECT x FROM seen", {}, [&seen](const EngineRow& row) {
        seen.push_back(row.integer(0));
        return ok();
      }));
      EXPECT_EQ(seen, std::vector<std::int64_t>{number});
      EXPECT_EQ(engine->column_names("seen")->size(), 1u);
    }
  };
  std::thread one([&work] { work(1); });
  std::thread two([&work] { work(2); });
  one.join();
  two.join();
}

TEST(EngineDatabase, LivesAsLongAsAnEngineOfIt) {
  std::optional<Engine> engine;
  {
    const auto database = EngineDatabase::open({});
    ASSERT_TRUE(database);
    engine.emplace(std::move(Engine::open(*database)).value());
  }
  expect_usable(*engine);
}

TEST(Engine, AStatementWithinItsDeadlineIsLeftAlone) {
  auto engine = Engine::open({.deadline = std::chrono::hours(1)});
  ASSERT_TRUE(engine);
  expect_usable(*engine);
}

TEST(Sql, QuotesWhatCannotBeBound) {
  EXPECT_EQ(sql_literal("it's"), "'it''s'");
  EXPECT_EQ(sql_identifier("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace apportion
