#include "engine/engine.h"

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

TEST(Sql, QuotesWhatCannotBeBound) {
  EXPECT_EQ(sql_literal("it's"), "'it''s'");
  EXPECT_EQ(sql_identifier("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace apportion
