#include "pipeline/normalise/text_dictionary.h"

#include <string>

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(TextDictionary, NumbersTextsOnceWhetherTheyAreCopiedOrNot) {
  TextDictionary dictionary;
  const std::string lasting = "westeurope";
  EXPECT_EQ(dictionary.number_of("northeurope"), 0U);
  EXPECT_EQ(dictionary.number_of_lasting(lasting), 1U);
  EXPECT_EQ(dictionary.text(1).data(), lasting.data());
  EXPECT_EQ(dictionary.number_of(std::string("westeurope")), 1U);
  EXPECT_EQ(dictionary.number_of_lasting("northeurope"), 0U);
  EXPECT_EQ(dictionary.number_of_lasting(""), kNullIndex);
  EXPECT_EQ(dictionary.size(), 2U);
}

TEST(TextDictionary, TellsTheMemoryOfTextsThatItCopies) {
  TextDictionary dictionary;
  const std::string text(10'000, 'x');
  dictionary.number_of_lasting(text + "kept elsewhere");
  EXPECT_LT(dictionary.bytes(), text.size());
  dictionary.number_of(text);
  EXPECT_GT(dictionary.bytes(), text.size());
  dictionary.clear();
  EXPECT_EQ(dictionary.bytes(), 0U);
}

TEST(PairMemo, RemembersEachPairItsOwnResult) {
  constexpr std::uint32_t kNumbers = 300;
  PairMemo memo;
  const auto result_of = [](std::uint32_t first, std::uint32_t second) { return first * 1'000 + second; };
  std::size_t made = 0;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t first = 0; first < kNumbers; ++first) {
      for (std::uint32_t second = 0; second < kNumbers; ++second) {
        const std::uint32_t found = memo.get(first, second, [&] {
          ++made;
          return result_of(first, second);
        });
        ASSERT_EQ(found, result_of(first, second));
      }
    }
  }
  EXPECT_EQ(made, std::size_t{kNumbers} * kNumbers);
  EXPECT_EQ(memo.get(kNullIndex, kNullIndex, [] { return kNullIndex; }), kNullIndex);
  EXPECT_EQ(memo.get(kNullIndex, kNullIndex, [] { return 7U; }), kNullIndex);
  memo.clear();
  EXPECT_EQ(memo.get(kNullIndex, kNullIndex, [] { return 7U; }), 7U);
}

}  // namespace
}  // namespace apportion
