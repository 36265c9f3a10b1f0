#include "pipeline/ingest/csv_marks.h"

#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "foundation/base/test_seeds.h"

namespace apportion {
namespace {

TEST(CsvMarks, AreTheBytesThatMeanSomething) {
  constexpr std::string_view kBytes = "\",\nab\r\xff\x02";
  for (const std::uint64_t seed : test_seeds(20)) {
    std::mt19937 random(static_cast<unsigned>(seed));
    std::string bytes;
    for (std::size_t length = random() % 400; length > 0; --length) bytes += kBytes[random() % kBytes.size()];
    std::array<CsvMarks, 4> marks{};
    const std::size_t filled = mark_csv(bytes, marks);
    EXPECT_EQ(filled, std::min<std::size_t>((bytes.size() + 63) / 64, marks.size()));
    for (std::size_t i = 0; i < filled * 64; ++i) {
      const auto is_marked = [i](std::uint64_t bits) { return ((bits >> (i % 64)) & 1) != 0; };
      const char byte = i < bytes.size() ? bytes[i] : ' ';
      EXPECT_EQ(is_marked(marks[i / 64].quotes), byte == '"');
      EXPECT_EQ(is_marked(marks[i / 64].commas), byte == ',');
      EXPECT_EQ(is_marked(marks[i / 64].line_feeds), byte == '\n');
    }
  }
}

}  // namespace
}  // namespace apportion
