#include "query/charge_dataset.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/model/charge_columns.h"
#include "query/cost_report.h"
#include "query/named_relations.h"
#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;

class ChargeDatasetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    lake_.add_customers({"contoso", "fabrikam"});
    for (const char* month : {"2026-10", "2026-09"}) {
      const Import import = lake_.add_import({.dataset = Dataset::kFocusCost,
                                              .charges = {{{"BilledCost", "10.1"}, {"ListCost", "12"}},
                                                          {{"BilledCost", "3"}, {"EffectiveCost", "2.5"}},
                                                          {{"BilledCost", "7"}, {"BillingCurrency", "JPY"}}},
                                              .month = month});
      lake_.split(lake_.publish({import}), {{TestLake::row_of(import, 0), "contoso", 1},
                                            {TestLake::row_of(import, 1), "fabrikam", 2, "1.25", "1"},
                                            {TestLake::row_of(import, 1), "contoso", 2, "1.75", "1.5"},
                                            {TestLake::row_of(import, 2), "unassigned"}});
    }
    auto opened = open_named_relations(reader_, ReadScope::of_partner(), *Day::parse("2026-11-20"));
    ASSERT_TRUE(opened) << opened.error().message();
    relations_.emplace(std::move(opened).value());
  }

  Table rows(const std::optional<CustomerId>& customer = {}) {
    Table table;
    table.columns = *dataset_columns(*relations_);
    const auto visited = visit_dataset(*relations_, customer, [&table](std::vector<TableCell> row) {
      table.rows.push_back(std::move(row));
      return ok();
    });
    EXPECT_TRUE(visited) << visited.error().message();
    return table;
  }

  // Some columns of the rows.
  static std::vector<std::string> lines(const Table& all, const std::vector<std::string>& names) {
    Table some;
    for (const auto& row : all.rows) {
      auto& cells = some.rows.emplace_back();
      for (const std::string& name : names) {
        const auto found = std::ranges::find(all.columns, name, &TableColumn::name);
        cells.push_back(row.at(static_cast<std::size_t>(found - all.columns.begin())));
      }
    }
    return lines_of(some);
  }

  TestLake lake_;
  Engine engine_ = *Engine::open(EngineOptions{});
  LakeReader reader_{engine_, lake_.control_plane(), lake_.lake()};
  std::optional<NamedRelations> relations_;
};

TEST_F(ChargeDatasetTest, HasEveryCanonicalColumnAndARowAShare) {
  const Table table = rows();
  for (std::size_t i = 0; i < charge_columns().size(); ++i)
    EXPECT_EQ(table.columns.at(i).name, charge_columns()[i].name);
  EXPECT_THAT(
      lines(table, {"Month", "CustomerId", "CustomerName", "x_AssignmentKind", "BilledCost", "EffectiveCost"}),
      ElementsAre("2026-09|contoso|Name of contoso|direct|10.1|0", "2026-09|contoso|Name of contoso|share|1.75|1.5",
                  "2026-09|fabrikam|Name of fabrikam|share|1.25|1", "2026-09|unassigned|unassigned|direct|7|0",
                  "2026-10|contoso|Name of contoso|direct|10.1|0", "2026-10|contoso|Name of contoso|share|1.75|1.5",
                  "2026-10|fabrikam|Name of fabrikam|share|1.25|1", "2026-10|unassigned|unassigned|direct|7|0"));
  EXPECT_THAT(lines(rows(CustomerId("fabrikam")), {"Month", "BilledCost"}),
              ElementsAre("2026-09|1.25", "2026-10|1.25"));
}

TEST_F(ChargeDatasetTest, ItsSumsAreThoseOfTheCostReport) {
  std::map<std::string, std::vector<Decimal>> sums;
  const Table table = rows();
  for (const auto& row : table.rows) {
    const auto cell = [&](std::string_view name) {
      return row.at(
          static_cast<std::size_t>(std::ranges::find(table.columns, name, &TableColumn::name) - table.columns.begin()));
    };
    auto& sum = sums[cell_text(cell("CustomerId")) + "|" + cell_text(cell("BillingCurrency"))];
    sum.resize(2);
    sum[0] += std::get<Decimal>(cell("BilledCost"));
    sum[1] += std::get<Decimal>(cell("EffectiveCost"));
  }
  std::vector<std::string> lines;
  for (const auto& [key, sum] : sums) lines.push_back(key + "|" + sum[0].to_string() + "|" + sum[1].to_string());
  const auto report = cost_report(lake_.reader(), ReadScope::of_partner(),
                                  {{"CustomerId", "BillingCurrency"}, {"BilledCost", "EffectiveCost"}, {}});
  ASSERT_TRUE(report);
  EXPECT_EQ(lines, lines_of(*report));
}

TEST_F(ChargeDatasetTest, AParquetFileHasTheSameRowsInTheSameOrder) {
  const auto path = lake_.folder() / "charges.parquet";
  const auto count = write_dataset_parquet(*relations_, {}, path);
  ASSERT_TRUE(count) << count.error().message();
  EXPECT_EQ(*count, 8);
  Engine reader = *Engine::open(EngineOptions{.keep_order = true});
  Table table;
  const std::vector<std::filesystem::path> files{path};
  ASSERT_TRUE(reader.view_over_parquet("written", files, ""));
  const auto described = reader.describe("SELECT * FROM written");
  for (const EngineColumn& column : *described) table.columns.push_back({column.name});
  ASSERT_TRUE(reader.query("SELECT Month, CustomerId, BilledCost FROM written", {}, [&table](const EngineRow& row) {
    table.rows.push_back({std::string(row.text(0)), std::string(row.text(1)), row.decimal(2)});
    return ok();
  }));
  EXPECT_EQ(lines_of(table), lines(rows(), {"Month", "CustomerId", "BilledCost"}));
  const Table wanted = rows();
  ASSERT_EQ(table.columns.size(), wanted.columns.size());
  for (std::size_t i = 0; i < wanted.columns.size(); ++i) EXPECT_EQ(table.columns[i].name, wanted.columns[i].name);
}

}  // namespace
}  // namespace apportion
