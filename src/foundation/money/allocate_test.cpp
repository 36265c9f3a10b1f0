#include "foundation/money/allocate.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <boost/multiprecision/cpp_int.hpp>

#include "foundation/base/test_seeds.h"

namespace apportion {

static void PrintTo(Decimal value, std::ostream* out) { *out << value.to_string(); }

namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;
using Texts = std::vector<std::string>;

std::vector<Decimal> decimals(const Texts& texts) {
  std::vector<Decimal> values;
  for (const std::string& text : texts) {
    const auto parsed = Decimal::parse(text);
    EXPECT_EQ(parsed.error, DecimalError::kNone) << text;
    values.push_back(parsed.value);
  }
  return values;
}

std::vector<Decimal> negated(std::vector<Decimal> values) {
  for (Decimal& value : values) value = value.negated();
  return values;
}

Decimal sum(const std::vector<Decimal>& values) { return std::accumulate(values.begin(), values.end(), Decimal()); }

TEST(AllocateLike, GoesBySizesWhateverTheSigns) {
  EXPECT_EQ(allocate_like(decimals({"9"})[0], decimals({"1", "-2"})), decimals({"3", "6"}));
  EXPECT_EQ(allocate_like(decimals({"9"})[0], decimals({"0", "0"})), std::nullopt);
  EXPECT_EQ(allocate_like(decimals({"9"})[0], {}), std::nullopt);
}

TEST(AllocateInProportion, GivesEachPartTheSameMultipleWithItsSign) {
  struct Case {
    const char* total;
    Texts amounts;
    Texts parts;  // none: nothing
  };
  for (const auto& [total, amounts, parts] : {
           Case{"85", {"60", "40"}, {"51", "34"}},
           Case{"8", {"12", "-2"}, {"9.6", "-1.6"}},
           Case{"-8", {"-12", "2", "0"}, {"-9.6", "1.6", "0"}},
           Case{"1", {"1", "1", "1"}, {"0.333333333333333334", "0.333333333333333333", "0.333333333333333333"}},
           Case{"0", {"1", "-1"}, {"0", "0"}},
           Case{"0", {}, {}},
           Case{"1", {"1", "-1"}, {}},
           Case{"1", {"-1"}, {}},
           Case{"1", {"0", "0"}, {}},
           Case{"1", {}, {}},
           Case{"1000", {"10", "-9.999999999999999999"}, {}},  // 10^22
       }) {
    const Decimal whole = decimals({total})[0];
    const auto found = allocate_in_proportion(whole, decimals(amounts));
    if (parts.empty() && !whole.is_zero()) {
      EXPECT_EQ(found, std::nullopt) << total;
      continue;
    }
    ASSERT_TRUE(found) << total;
    EXPECT_EQ(*found, decimals(parts)) << total;
    EXPECT_EQ(sum(*found), whole) << total;
  }
}

TEST(AllocateInProportionProperty, LosesNothingAndKeepsTheProportion) {
  for (const std::uint64_t seed : test_seeds(20)) {
    std::mt19937_64 random(seed);
    const auto draw = [&random](std::int64_t from, std::int64_t to) {
      return std::uniform_int_distribution<std::int64_t>(from, to)(random);
    };
    std::vector<Decimal> amounts;
    for (auto left = draw(1, 20); left > 0; --left) {
      amounts.push_back(Decimal::from_units(Int128{draw(-1'000'000, 9'000'000)} * draw(1, 1'000'000'000'000)));
    }
    const Decimal whole = sum(amounts);
    if (whole.is_zero()) continue;
    const Decimal total = Decimal::from_units(whole.units() / 7 * 6);
    const auto parts = allocate_in_proportion(total, amounts);
    ASSERT_TRUE(parts) << "seed " << seed;
    EXPECT_EQ(sum(*parts), total) << "seed " << seed;
    for (std::size_t i = 0; i < amounts.size(); ++i) {
      // |part * whole - amount * total| is less than a few units of the largest.
      const cpp_int left = cpp_int((*parts)[i].units()) * cpp_int(whole.units());
      const cpp_int right = cpp_int(amounts[i].units()) * cpp_int(total.units());
      EXPECT_LE(abs(left - right), 3 * abs(cpp_int(whole.units()))) << "seed " << seed << ", part " << i;
    }
  }
}

TEST(Allocate, GivesLeftOverUnitsToLargestRemainders) {
  struct Case {
    const char* total;
    Texts weights;
    Texts parts;
  };
  for (const auto& [total, weights, parts] : {
           Case{"100", {"50", "50"}, {"50", "50"}},
           Case{"1", {"1", "1", "1"}, {"0.333333333333333334", "0.333333333333333333", "0.333333333333333333"}},
           Case{"2", {"1", "1", "1"}, {"0.666666666666666667", "0.666666666666666667", "0.666666666666666666"}},
           Case{"-1", {"1", "1", "1"}, {"-0.333333333333333334", "-0.333333333333333333", "-0.333333333333333333"}},
           Case{"0.000000000000000001", {"1", "2"}, {"0", "0.000000000000000001"}},
           Case{"0.000000000000000001", {"0", "1", "1"}, {"0", "0.000000000000000001", "0"}},
           Case{"-0.000000000000000001", {"1", "1"}, {"-0.000000000000000001", "0"}},
           Case{"0", {"3", "4"}, {"0", "0"}},
           Case{"12.34", {"0", "7", "0"}, {"0", "12.34", "0"}},
           Case{"10", {"33.33", "33.33", "33.34"}, {"3.333", "3.333", "3.334"}},
           Case{"10", {"0.000000000000000001", "0.000000000000000003"}, {"2.5", "7.5"}},
           Case{"99999999999999999999.999999999999999999",
                {"99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"},
                {"50000000000000000000", "49999999999999999999.999999999999999999"}},
       }) {
    EXPECT_EQ(allocate(decimals({total})[0], decimals(weights)), decimals(parts)) << total;
  }
}

TEST(AllocateDeathTest, RefusesWeightsThatMeanNothing) {
  const Decimal one = Decimal::from_integer(1);
  EXPECT_DEATH(allocate(one, {}), "all weights are zero");
  EXPECT_DEATH(allocate(one, decimals({"0", "0"})), "all weights are zero");
  EXPECT_DEATH(allocate(one, decimals({"2", "-1"})), "a weight is negative");
}

TEST(RoundToMinorUnits, RoundedPartsSumToTheRoundedTotal) {
  struct Case {
    int minor_digits;
    Texts parts;
    Texts rounded;
  };
  for (const auto& [minor_digits, parts, rounded] : {
           Case{2, {}, {}},
           Case{2, {"1.004", "1.004", "1.004"}, {"1.01", "1", "1"}},
           Case{2, {"-1.004", "-1.004", "-1.004"}, {"-1.01", "-1", "-1"}},
           Case{2, {"1.001", "1.009", "1.005"}, {"1", "1.01", "1.01"}},  // 3.015 is half: to the even 3.02
           Case{2, {"1.001", "1.009", "1.015"}, {"1", "1.01", "1.01"}},  // 3.025 is half: to the even 3.02
           Case{2, {"0.005"}, {"0"}},
           Case{2, {"0.015"}, {"0.02"}},
           Case{0, {"0.5", "1.5"}, {"1", "1"}},
           Case{0, {"0.6", "-0.6"}, {"1", "-1"}},
           Case{0, {"-0.6", "0.6"}, {"-1", "1"}},
           Case{0, {"0.5", "-0.5"}, {"1", "-1"}},
           Case{0, {"0", "0.4", "5", "0.4"}, {"0", "1", "5", "0"}},
           Case{3, {"1.2345", "2.0005"}, {"1.235", "2"}},
           Case{18, {"0.000000000000000001", "-2"}, {"0.000000000000000001", "-2"}},
       }) {
    EXPECT_EQ(round_to_minor_units(decimals(parts), minor_digits), decimals(rounded)) << testing::PrintToString(parts);
  }
}

// The slow, obvious other way: exact rationals, and one unit at a time to the largest remainder.

cpp_int units_of(Decimal value) { return cpp_int(value.units()); }

std::size_t first_largest(const std::vector<cpp_rational>& remainders) {
  return static_cast<std::size_t>(std::max_element(remainders.begin(), remainders.end()) - remainders.begin());
}

std::vector<cpp_int> allocate_slowly(const cpp_int& total, const std::vector<Decimal>& weights) {
  cpp_int weight_sum = 0;
  for (const Decimal weight : weights) weight_sum += units_of(weight);
  std::vector<cpp_int> parts;
  std::vector<cpp_rational> remainders;
  cpp_int left_over = abs(total);
  for (const Decimal weight : weights) {
    const cpp_rational share(abs(total) * units_of(weight), weight_sum);
    parts.emplace_back(numerator(share) / denominator(share));
    remainders.emplace_back(share - cpp_rational(parts.back()));
    left_over -= parts.back();
  }
  for (; left_over > 0; --left_over) {
    const std::size_t part = first_largest(remainders);
    ++parts[part];
    remainders[part] = -1;
  }
  for (cpp_int& part : parts) part = total < 0 ? cpp_int(-part) : part;
  return parts;
}

class RandomAmounts {
 public:
  explicit RandomAmounts(std::uint64_t seed) : engine_(seed) {}

  int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(engine_); }

  Decimal amount() {
    UInt128 units = (UInt128{engine_()} << 64) | engine_();
    units >>= number(8, 127);
    return Decimal::from_units(static_cast<Int128>(units));
  }
  Decimal signed_amount() { return number(0, 1) == 0 ? amount() : amount().negated(); }
  Decimal small_whole() { return Decimal::from_integer(number(0, 4)); }

  std::vector<Decimal> weights() {
    const bool whole = number(0, 1) == 0;
    std::vector<Decimal> weights;
    for (int i = number(0, 12); i > 0; --i) weights.push_back(whole ? small_whole() : amount());
    weights.push_back(Decimal::from_integer(1));
    return weights;
  }

 private:
  std::mt19937_64 engine_;
};

std::string seed_text(std::uint64_t seed) { return " seed " + std::to_string(seed); }

TEST(AllocateProperty, AgreesWithTheSlowWay) {
  for (const std::uint64_t seed : test_seeds(3)) {
    RandomAmounts random(seed);
    for (int round = 0; round < 3'000; ++round) {
      const Decimal total = random.signed_amount();
      const std::vector<Decimal> weights = random.weights();
      const auto where = testing::PrintToString(weights) + " of " + total.to_string() + seed_text(seed);
      const std::vector<Decimal> parts = allocate(total, weights);
      const std::vector<cpp_int> expected = allocate_slowly(units_of(total), weights);
      ASSERT_EQ(parts.size(), expected.size());
      for (std::size_t i = 0; i < parts.size(); ++i) ASSERT_EQ(units_of(parts[i]), expected[i]) << i << " of " << where;
      ASSERT_EQ(sum(parts), total) << where;
      ASSERT_EQ(allocate(total.negated(), weights), negated(parts)) << where;
    }
  }
}

TEST(AllocateProperty, TheScaleOfTheWeightsDoesNotMatter) {
  for (const std::uint64_t seed : test_seeds(3)) {
    RandomAmounts random(seed);
    for (int round = 0; round < 3'000; ++round) {
      const Decimal total = random.signed_amount();
      std::vector<Decimal> weights, scaled;
      const int factor = random.number(2, 1'000'000'000);
      for (int i = random.number(1, 8); i > 0; --i) {
        weights.push_back(Decimal::from_units(random.number(i == 1 ? 1 : 0, 1000)));
        scaled.push_back(Decimal::from_units(weights.back().units() * factor * Decimal::kUnitsPerOne));
      }
      const auto where = testing::PrintToString(weights) + " of " + total.to_string() + seed_text(seed);
      ASSERT_EQ(allocate(total, weights), allocate(total, scaled)) << where;
    }
  }
}

TEST(RoundToMinorUnitsProperty, SumsMatchAndNoPartMovesFar) {
  for (const std::uint64_t seed : test_seeds(3)) {
    RandomAmounts random(seed);
    for (int round = 0; round < 3'000; ++round) {
      const int minor_digits = random.number(0, 18);
      const bool may_be_negative = random.number(0, 1) == 0;
      std::vector<Decimal> parts;
      for (int i = random.number(1, 12); i > 0; --i) {
        parts.push_back(may_be_negative ? random.signed_amount() : random.amount());
      }
      const auto where = testing::PrintToString(parts) + " to " + std::to_string(minor_digits) + seed_text(seed);

      const std::vector<Decimal> rounded = round_to_minor_units(parts, minor_digits);
      const std::vector<Decimal> total = round_to_minor_units(std::vector<Decimal>{sum(parts)}, minor_digits);
      ASSERT_EQ(sum(rounded), total[0]) << where;
      Int128 step = 1;
      for (int digits = minor_digits; digits < Decimal::kScale; ++digits) step *= 10;
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const Int128 moved = rounded[i].units() - parts[i].units();
        ASSERT_EQ(rounded[i].units() % step, 0) << where;
        ASSERT_TRUE(moved < step && -moved < step) << where;
        // A part moved up has no smaller remainder than one moved down.
        for (std::size_t j = 0; j < parts.size(); ++j) {
          const Int128 other = rounded[j].units() - parts[j].units();
          ASSERT_TRUE(moved - other <= step) << where;
        }
      }
      ASSERT_EQ(round_to_minor_units(negated(parts), minor_digits), negated(rounded)) << where;
    }
  }
}

}  // namespace
}  // namespace apportion
