#include "query/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/comparison.h"
#include "query/report_test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;

Table costs(const std::vector<std::vector<std::string>>& rows) {
  Table table;
  table.columns = {{"CustomerId"}, {"billingcurrency"}, {"BilledCost", TableKind::kMoney}};
  for (const auto& row : rows) {
    table.rows.push_back({row[0], row[1], row[2].empty() ? TableCell() : TableCell(test_decimal(row[2]))});
  }
  return table;
}

std::vector<std::string> lines(const Table& table) {
  std::vector<std::string> all;
  for (const auto& row : table.rows) {
    std::string line;
    for (const TableCell& cell : row) line += (line.empty() ? "" : "|") + cell_text(cell);
    all.push_back(line);
  }
  return all;
}

TEST(Ranking, PutsTheLargestFirstAndWhatIsNobodysLast) {
  Table table = costs({{"a", "EUR", "1"},
                       {"unassigned", "EUR", "9"},
                       {"b", "EUR", ""},
                       {"c", "CHF", "2"},
                       {"d", "EUR", "3"},
                       {"e", "EUR", "-4"}});
  ASSERT_TRUE(rank_rows(table, {"billedcost", {}}));
  EXPECT_THAT(lines(table), ElementsAre("c|CHF|2", "d|EUR|3", "a|EUR|1", "e|EUR|-4", "b|EUR|", "unassigned|EUR|9"));
  ASSERT_TRUE(rank_rows(table, {"CustomerId", {}}));
  EXPECT_THAT(lines(table), ElementsAre("c|CHF|2", "a|EUR|1", "b|EUR|", "d|EUR|3", "e|EUR|-4", "unassigned|EUR|9"));
}

TEST(Ranking, TheRestIsOneRowOfEachCurrency) {
  Table table = costs({{"a", "EUR", "1"},
                       {"b", "EUR", "2"},
                       {"c", "EUR", "3"},
                       {"unassigned", "EUR", "9"},
                       {"a", "CHF", "1"},
                       {"b", "CHF", "2.5"},
                       {"c", "CHF", ""}});
  ASSERT_TRUE(rank_rows(table, {"BilledCost", 1}));
  EXPECT_THAT(lines(table), ElementsAre("b|CHF|2.5", "2 others|CHF|", "c|EUR|3", "2 others|EUR|3", "unassigned|EUR|9"));
}

TEST(Ranking, NamesTheNearestColumn) {
  Table table = costs({});
  const auto refused = rank_rows(table, {"BiledCost", {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kNoSuchColumn);
  EXPECT_THAT(refused.error().next, testing::HasSubstr("BilledCost"));
}

TEST(Comparison, WhatOneSideLacksIsZeroAndWhatIsUnknownStaysSo) {
  const Table now = costs({{"a", "EUR", "15"}, {"b", "EUR", "2"}, {"c", "EUR", ""}});
  const Table before = costs({{"a", "EUR", "10"}, {"c", "EUR", "1"}, {"d", "EUR", "4"}});
  EXPECT_THAT(lines(compared(now, before)),
              ElementsAre("a|EUR|15|10|5|50", "b|EUR|2|0|2|", "c|EUR||1||", "d|EUR|0|4|-4|-100"));
}

}  // namespace
}  // namespace apportion
