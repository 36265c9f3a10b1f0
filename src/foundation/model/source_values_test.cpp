#include "foundation/model/source_values.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "foundation/model/source_batch.h"

namespace apportion {
namespace {

using Kind = NumberFormat::Kind;

std::string text(Int128 number, Kind kind, int precision = 0, int scale = 0, bool in_utc = false) {
  TextArena arena;
  return std::string(text_of_number(number, {kind, precision, scale, in_utc}, arena));
}

Int128 power_of_ten(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// Expected texts are those that the engine's casts give; ingest's tests compare whole files with them.
TEST(SourceValues, DecimalsHaveAllTheirDigits) {
  EXPECT_EQ(text(0, Kind::kDecimal, 38, 18), "0.000000000000000000");
  EXPECT_EQ(text(-5, Kind::kDecimal, 4, 2), "-0.05");
  EXPECT_EQ(text(123456, Kind::kDecimal, 9, 3), "123.456");
  EXPECT_EQ(text(-42, Kind::kDecimal, 9, 0), "-42");
  EXPECT_EQ(text(5, Kind::kDecimal, 2, 2), ".05");
  EXPECT_EQ(text(power_of_ten(38) - 1, Kind::kDecimal, 38, 18), "99999999999999999999.999999999999999999");
  EXPECT_EQ(text(power_of_ten(20), Kind::kDecimal, 38, 0), "100000000000000000000");
}

TEST(SourceValues, WholeNumbersAndTruth) {
  EXPECT_EQ(text(0, Kind::kInteger), "0");
  EXPECT_EQ(text(std::numeric_limits<std::int64_t>::min(), Kind::kInteger), "-9223372036854775808");
  EXPECT_EQ(text(std::numeric_limits<std::uint64_t>::max(), Kind::kInteger), "18446744073709551615");
  EXPECT_EQ(text(0, Kind::kBoolean), "false");
  EXPECT_EQ(text(1, Kind::kBoolean), "true");
}

TEST(SourceValues, DaysOfAnyYear) {
  EXPECT_EQ(text(0, Kind::kDay), "1970-01-01");
  EXPECT_EQ(text(20'728, Kind::kDay), "2026-10-02");
  EXPECT_EQ(text(11'016, Kind::kDay), "2000-02-29");
  EXPECT_EQ(text(-1, Kind::kDay), "1969-12-31");
  EXPECT_EQ(text(-719'528 - 1, Kind::kDay), "0002-12-31 (BC)");
  EXPECT_EQ(text(3'673'048, Kind::kDay), "12026-06-19");
  EXPECT_EQ(text(INT32_MAX, Kind::kDay), "infinity");
  EXPECT_EQ(text(-Int128{INT32_MAX}, Kind::kDay), "-infinity");
}

TEST(SourceValues, MomentsHaveTheFractionThatTheyNeed) {
  EXPECT_EQ(text(0, Kind::kMoment, 0, 6), "1970-01-01 00:00:00");
  EXPECT_EQ(text(1'500, Kind::kMoment, 0, 3), "1970-01-01 00:00:01.5");
  EXPECT_EQ(text(86'399'999'999, Kind::kMoment, 0, 6), "1970-01-01 23:59:59.999999");
  EXPECT_EQ(text(1, Kind::kMoment, 0, 9), "1970-01-01 00:00:00.000000001");
  EXPECT_EQ(text(-1, Kind::kMoment, 0, 3), "1969-12-31 23:59:59.999");
  EXPECT_EQ(text(3'600'000, Kind::kMoment, 0, 3, true), "1970-01-01 01:00:00+00");
}

TEST(SourceValues, ADecimalIsOneWhereItsTextWouldBe) {
  const auto decimal = [](Int128 number, int precision, int scale) {
    return decimal_of_number(number, {Kind::kDecimal, precision, scale, false});
  };
  EXPECT_EQ(decimal(-125, 38, 18), Decimal::from_units(-125));
  EXPECT_EQ(decimal(-125, 9, 2), Decimal::parse("-1.25").value);
  EXPECT_EQ(decimal(power_of_ten(20) - 1, 38, 0), Decimal::parse("99999999999999999999").value);
  EXPECT_EQ(decimal(power_of_ten(20), 38, 0), std::nullopt);  // too large
  EXPECT_EQ(decimal(1, 38, 19), std::nullopt);                // must be rounded
  EXPECT_EQ(decimal(1, 2, 2), std::nullopt);                  // its text begins with the point
  EXPECT_EQ(decimal_of_number(1, {Kind::kInteger, 0, 0, false}), std::nullopt);
}

TEST(SourceValues, ColumnsOfABatchAreTextsWhenAskedFor) {
  auto dictionary = std::make_shared<SourceDictionary>();
  dictionary->texts = {"a", "b"};
  BatchColumns columns;
  columns.begin_values(3);
  columns.fill_codes(0) = {dictionary, {1, kNoPlace, 0}};
  columns.fill_numbers(1) = {{Kind::kDecimal, 4, 2, false}, {150, 7, 0}, {1, 0, 1}};
  columns.fill_texts(2) = {"x", "", "y"};
  const BatchColumns& seen = columns;
  EXPECT_EQ(seen[0], (BatchColumns::Texts{"b", "", "a"}));
  EXPECT_EQ(seen[1], (BatchColumns::Texts{"1.50", "", "0.00"}));
  EXPECT_EQ(seen[2], (BatchColumns::Texts{"x", "", "y"}));
  EXPECT_NE(seen.codes(0), nullptr);
  EXPECT_NE(seen.numbers(1), nullptr);

  columns[0][1] = "changed";
  columns[1][1] = "changed";
  EXPECT_EQ(seen.codes(0), nullptr);  // which would not say what was changed
  EXPECT_EQ(seen.numbers(1), nullptr);
  EXPECT_EQ(seen[0], (BatchColumns::Texts{"b", "changed", "a"}));
}

}  // namespace
}  // namespace apportion
