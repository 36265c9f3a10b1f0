#include "lake/kept_cells.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.h"

namespace apportion {
namespace {

using Kind = CellColumn::Kind;

const std::vector<CellColumn> kColumns = {{"CustomerId", Kind::kText},       {"ServiceName", Kind::kText},
                                          {"ChargePeriodStart", Kind::kDay}, {"BilledCost", Kind::kAmount},
                                          {"ListCost", Kind::kAmount},       {"x_Rows", Kind::kCount}};

std::string cells(const std::string& rows) {
  return fmt::format(
      "SELECT CustomerId, ServiceName, CAST(d AS DATE), CAST(billed AS DECIMAL(38,18)), CAST(list AS DECIMAL(38,18)), "
      "CAST(n AS BIGINT) FROM (VALUES {}) t(CustomerId, ServiceName, d, billed, list, n)",
      rows);
}

class KeptCellsTest : public testing::Test {
 protected:
  std::shared_ptr<const CellPiece> piece(const std::string& rows) {
    auto found = kept_.cells_of(engine_, cells(rows), kColumns);
    EXPECT_TRUE(found);
    return *found;
  }

  // The rows of a relation, added up as a question would.
  std::vector<std::string> added(const std::vector<CellsOfMonth>& months, const NeededCells& needed,
                                 const std::string& columns) {
    EXPECT_TRUE(add_up(months, needed, engine_, "added"));
    std::vector<std::string> lines;
    const std::string statement = fmt::format(
        "SELECT concat_ws('|', {0}, sum(BilledCost), sum(ListCost), count(*) - count(ListCost), sum(x_Rows)) FROM "
        "added "
        "GROUP BY {0} ORDER BY 1",
        columns);
    EXPECT_TRUE(engine_.query(statement, {}, [&lines](const EngineRow& row) {
      lines.emplace_back(row.text(0));
      return ok();
    })) << statement;
    return lines;
  }

  Engine engine_ = std::move(Engine::open({.threads = 1})).value();
  KeptCells kept_{std::int64_t{1} << 20};
};

constexpr const char* kOctober =
    "('a', 'VM', '2026-10-01', 1.5, 2, 3), ('a', 'Disk', '2026-10-01', 0.000000000000000001, NULL, 1), "
    "('b', 'VM', '2026-10-02', -4, 1, 2), ('b', NULL, '2026-10-02', 8, 16, 5), ('B', 'VM', NULL, 32, 64, 7)";

TEST_F(KeptCellsTest, AreAddedUpByWhatIsNeeded) {
  const std::vector<CellsOfMonth> months{{piece(kOctober), "2026-10", 0}};
  EXPECT_EQ(added(months, {.columns = {"CustomerId"}}, "CustomerId"),
            (std::vector<std::string>{"B|32.000000000000000000|64.000000000000000000|0|7",
                                      "a|1.500000000000000001|2.000000000000000000|1|4",
                                      "b|4.000000000000000000|17.000000000000000000|0|7"}));
  EXPECT_EQ(added(months, {}, "x_CustomerNames"),
            (std::vector<std::string>{"0|37.500000000000000001|83.000000000000000000|1|18"}));
}

TEST_F(KeptCellsTest, KeepMonthsApartOnlyWhereThatIsNeeded) {
  const std::vector<CellsOfMonth> months{{piece(kOctober), "2026-10", 0},
                                         {piece("('a', 'VM', '2026-09-30', 1, 1, 1)"), "2026-09", 1}};
  const auto by_month = added(months, {.columns = {"x_BillMonth", "x_CustomerNames"}}, "x_BillMonth, x_CustomerNames");
  EXPECT_EQ(by_month, (std::vector<std::string>{"2026-09|1|1.000000000000000000|1.000000000000000000|0|1",
                                                "2026-10|0|37.500000000000000001|83.000000000000000000|1|18"}));
  EXPECT_EQ(added(months, {.columns = {"ServiceName"}}, "ServiceName").size(), 3U);
}

TEST_F(KeptCellsTest, LeaveOutWhatAFilterExcludes) {
  const std::vector<CellsOfMonth> months{{piece(kOctober), "2026-10", 0}};
  const NeededCells needed{.columns = {"CustomerId"}, .filters = {{"CustomerId", {"b"}}}};
  EXPECT_EQ(added(months, needed, "CustomerId"),
            (std::vector<std::string>{"B|32.000000000000000000|64.000000000000000000|0|7",
                                      "b|4.000000000000000000|17.000000000000000000|0|7"}));
  EXPECT_TRUE(added(months, {.columns = {"CustomerId"}, .filters = {{"CustomerId", {"c"}}}}, "CustomerId").empty());
}

TEST_F(KeptCellsTest, MayHoldLettersThatOnlyTheEngineCompares) {
  const std::vector<CellsOfMonth> months{{piece("('É', 'VM', NULL, 1, 1, 1)"), "2026-10", 0}};
  EXPECT_EQ(added(months, {.columns = {"CustomerId"}, .filters = {{"CustomerId", {"é"}}}}, "CustomerId").size(), 1U);
}

TEST_F(KeptCellsTest, AreReadOnce) {
  const auto first = piece(kOctober);
  EXPECT_EQ(piece(kOctober), first);
}

TEST_F(KeptCellsTest, GoWhenThereIsNoRoom) {
  constexpr std::int64_t kRoom = 40'000;
  KeptCells kept(kRoom);
  const auto read = [&](int month) {
    const auto rows = fmt::format("('customer of {0}', 'VM', NULL, {0}, 1, 1)", month);
    return kept.cells_of(engine_, cells(rows), kColumns).value();
  };
  std::int64_t most = 0;
  const auto first = read(0);
  for (int month = 1; month < 100; ++month) {
    EXPECT_EQ(read(month), read(month)) << "the one used last stays";
    most = std::max(most, kept.bytes());
  }
  EXPECT_LE(most, kRoom);
  EXPECT_GT(most, kRoom / 2);
  EXPECT_NE(read(0), first);
}

TEST_F(KeptCellsTest, OfManyKeysAreToldApart) {
  // More pairs of keys than a table of them may have.
  const std::string many =
      "SELECT 'customer ' || (i % 3000), 'service ' || (i % 1999), DATE '2026-10-01', CAST(1 AS DECIMAL(38,18)), "
      "CAST(i AS DECIMAL(38,18)), CAST(1 AS BIGINT) FROM range(60000) t(i)";
  KeptCells kept(std::int64_t{1} << 30);
  const auto read = kept.cells_of(engine_, many, kColumns);
  ASSERT_TRUE(read);
  const std::vector<CellsOfMonth> months{{*read, "2026-10", 0}};
  ASSERT_TRUE(add_up(months, {.columns = {"CustomerId", "ServiceName"}}, engine_, "added"));
  EXPECT_TRUE(
      engine_.query("SELECT count(*), sum(x_Rows), sum(ListCost), count(DISTINCT CustomerId || ServiceName) "
                    "FROM added",
                    {}, [](const EngineRow& row) {
                      EXPECT_EQ(row.integer(0), 60000);
                      EXPECT_EQ(row.integer(1), 60000);
                      EXPECT_EQ(row.decimal(2), Decimal::from_integer(1799970000));
                      EXPECT_EQ(row.integer(3), 60000);
                      return ok();
                    }));
}

TEST_F(KeptCellsTest, ThatAddUpToTooMuchAreAnError) {
  const std::string most = "99999999999999999999";
  const std::vector<CellsOfMonth> months{
      {piece(fmt::format("('a', 'VM', NULL, {0}, 1, 1), ('a', 'VM', NULL, {0}, 1, 1)", most)), "2026-10", 0}};
  const auto result = add_up(months, {}, engine_, "added");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().id, ErrorId::kEngineFailed);
}

}  // namespace
}  // namespace apportion
