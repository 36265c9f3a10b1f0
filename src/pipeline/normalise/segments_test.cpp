#include "pipeline/normalise/segments.h"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace apportion {
namespace {

constexpr std::size_t kRows = 20'000;

// A column whose code in each row is made of the row's number.
template <class Make>
LearnedColumn column(std::size_t position, Make make, std::size_t rows = kRows) {
  LearnedColumn made{position, {}};
  for (std::uint32_t row = 0; row < rows; ++row) made.codes.push_back(make(row));
  return made;
}

std::uint32_t tenant(std::uint32_t row) { return row * 7919 % 300; }
std::uint32_t meter(std::uint32_t row) { return row * 104729 % 1000 / 2; }
std::uint32_t nothing(std::uint32_t) { return 0xffffffff; }
std::uint32_t itself(std::uint32_t row) { return row; }

TEST(FindSegments, ColumnsThatDetermineEachOtherAreOneSegment) {
  const std::vector<LearnedColumn> columns{column(0, tenant), column(1, [](auto row) { return tenant(row) / 2; }),
                                           column(2, meter), column(3, [](auto row) { return meter(row) + 5; }),
                                           column(4, [](auto row) { return meter(row) % 3; })};
  EXPECT_EQ(find_segments(columns), (std::vector<ColumnRun>{{0, 1}, {2, 4}}));
}

TEST(FindSegments, AColumnBetweenEndsASegment) {
  const std::vector<LearnedColumn> columns{column(0, tenant), column(1, tenant), column(3, tenant)};
  EXPECT_EQ(find_segments(columns), (std::vector<ColumnRun>{{0, 1}, {3, 3}}));
}

TEST(FindSegments, EmptyColumnsGoWithAny) {
  const std::vector<LearnedColumn> columns{column(0, nothing), column(1, nothing), column(2, tenant),
                                           column(3, nothing)};
  EXPECT_EQ(find_segments(columns), (std::vector<ColumnRun>{{0, 3}}));
}

TEST(FindSegments, CellsThatNeverComeBackAreInNone) {
  const std::vector<LearnedColumn> columns{column(0, itself), column(1, tenant), column(2, itself)};
  EXPECT_EQ(find_segments(columns), (std::vector<ColumnRun>{{1, 1}}));
  EXPECT_TRUE(find_segments({}).empty());
}

TEST(FindSegments, AFewRowsTellNothing) {
  const std::vector<LearnedColumn> columns{column(0, itself, 5), column(1, nothing, 5)};
  EXPECT_EQ(find_segments(columns), (std::vector<ColumnRun>{{1, 1}}));
}

// Records of one column.
struct Records {
  std::string bytes;
  RawRecords raw{nullptr, 1, {}};

  explicit Records(const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) {
      raw.starts.push_back(static_cast<std::uint32_t>(bytes.size()));
      bytes += cell + "\n";
      raw.starts.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    raw.bytes = bytes.data();
  }
};

TEST(SegmentTable, EqualBytesHaveOneNumber) {
  SegmentTable table({0, 0});
  std::vector<std::uint32_t> numbers;
  const Records first({"a", "b", "", "a", "\"\""});
  const auto new_records = table.number(first.raw, numbers);
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{0, 1, 2, 0, 3}));
  EXPECT_TRUE(std::ranges::equal(new_records, std::vector<std::uint32_t>{0, 1, 2, 4}));
  const Records second({"", "c", "b"});
  EXPECT_TRUE(std::ranges::equal(table.number(second.raw, numbers), std::vector<std::uint32_t>{1}));
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{2, 4, 1}));
  table.clear();
  table.number(second.raw, numbers);
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST(SegmentTable, NumbersStayWhenItGrows) {
  SegmentTable table({0, 0});
  std::vector<std::string> cells;
  for (int i = 0; i < 100'000; ++i)
    cells.push_back(std::string(static_cast<std::size_t>(i % 300), 'x') + std::to_string(i));
  std::vector<std::uint32_t> first, again;
  table.number(Records(cells).raw, first);
  EXPECT_EQ(table.size(), cells.size());
  table.number(Records({"new"}).raw, again);
  table.number(Records(cells).raw, again);
  EXPECT_EQ(first, again);
  EXPECT_EQ(table.size(), cells.size() + 1);
}

}  // namespace
}  // namespace apportion
