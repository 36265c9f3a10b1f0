#include "foundation/money/decimal.h"

#include <random>
#include <sstream>

#include <gtest/gtest.h>
#include <boost/multiprecision/cpp_int.hpp>

#include "foundation/base/test_seeds.h"

namespace apportion {

static void PrintTo(Decimal value, std::ostream* out) { *out << value.to_string(); }
static void PrintTo(DecimalError error, std::ostream* out) { *out << decimal_error_text(error); }

namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

constexpr auto kOk = DecimalError::kNone;
constexpr auto kEmpty = DecimalError::kEmpty;
constexpr auto kNotANumber = DecimalError::kNotANumber;
constexpr auto kTooManyDigits = DecimalError::kTooManyDigits;
constexpr auto kTooLarge = DecimalError::kTooLarge;

const std::string kMaxText = "99999999999999999999.999999999999999999";

struct ParseCase {
  std::string text;
  DecimalError error;
  std::string printed = "0";
};

const ParseCase kParseCases[] = {
    {"0", kOk, "0"},
    {"12.5", kOk, "12.5"},
    {"0.0000204972", kOk, "0.0000204972"},
    {"-12.50", kOk, "-12.5"},
    {"+7", kOk, "7"},
    {"007.250", kOk, "7.25"},
    {".5", kOk, "0.5"},
    {"-.5", kOk, "-0.5"},
    {"5.", kOk, "5"},
    {"  1.5\t", kOk, "1.5"},
    {"1.5\r", kOk, "1.5"},
    {"-0", kOk, "0"},
    {"-0.000", kOk, "0"},
    {"1.60599E-05", kOk, "0.0000160599"},
    {"-1.60599e-05", kOk, "-0.0000160599"},
    {"1e3", kOk, "1000"},
    {"1E+3", kOk, "1000"},
    {"1.e3", kOk, "1000"},
    {".1e1", kOk, "1"},
    {"1e003", kOk, "1000"},
    {"1e-18", kOk, "0.000000000000000001"},
    {"10e-19", kOk, "0.000000000000000001"},
    {"1e19", kOk, "10000000000000000000"},
    {"0.000000000000000001", kOk, "0.000000000000000001"},
    {"0.0000000000000000010000000000000000000000000", kOk, "0.000000000000000001"},
    {"1.0000000000000000000000000000000000000000000", kOk, "1"},
    {"9999999999999999999", kOk, "9999999999999999999"},
    {"18446744073709551616", kOk, "18446744073709551616"},
    {kMaxText, kOk, kMaxText},
    {"-" + kMaxText, kOk, "-" + kMaxText},
    {kMaxText + "000", kOk, kMaxText},
    {std::string(1000, '0') + "1." + std::string(1000, '0'), kOk, "1"},
    {"1" + std::string(100, '0') + "e-100", kOk, "1"},
    {"0." + std::string(100, '0') + "1e101", kOk, "1"},
    {"12345" + std::string(100, '0') + "e-104", kOk, "1.2345"},
    {"0e999999", kOk, "0"},
    {"0.00e-999999999999999999999999", kOk, "0"},
    {"0e999999999999999999999999", kOk, "0"},
    {std::string(60, '0') + "." + std::string(60, '0'), kOk, "0"},

    {"", kEmpty},
    {"  \t", kEmpty},
    {"NaN", kNotANumber},
    {"inf", kNotANumber},
    {"n/a", kNotANumber},
    {"1,234.5", kNotANumber},
    {"1,5", kNotANumber},
    {"1 234", kNotANumber},
    {"- 1", kNotANumber},
    {"--1", kNotANumber},
    {"+-1", kNotANumber},
    {"1-", kNotANumber},
    {"1..2", kNotANumber},
    {"1.2.3", kNotANumber},
    {".", kNotANumber},
    {"-", kNotANumber},
    {"+", kNotANumber},
    {"-.", kNotANumber},
    {"e5", kNotANumber},
    {".e5", kNotANumber},
    {"1e", kNotANumber},
    {"1e+", kNotANumber},
    {"1e5.5", kNotANumber},
    {"1e5e5", kNotANumber},
    {"1ee5", kNotANumber},
    {"0x10", kNotANumber},
    {"1_000", kNotANumber},
    {"$1", kNotANumber},
    {"1%", kNotANumber},
    {"(1)", kNotANumber},
    {"\xef\xbc\x91", kNotANumber},
    {"\xe2\x88\x92"
     "1",
     kNotANumber},
    {"1\xc2\xa0", kNotANumber},
    {std::string("1\0", 2), kNotANumber},
    {std::string("1\0"
                 "2",
                 3),
     kNotANumber},
    {std::string("\0", 1), kNotANumber},
    {std::string(50, '9') + "x", kNotANumber},
    {"0." + std::string(50, '9') + "x", kNotANumber},

    {"0.0000000000000000001", kTooManyDigits},
    {"-0.1234567890123456789", kTooManyDigits},
    {"1e-19", kTooManyDigits},
    {"15e-19", kTooManyDigits},
    {"1e-999999999999", kTooManyDigits},
    {"1e-99999999999999999999999999", kTooManyDigits},
    {kMaxText + "9", kTooManyDigits},
    {"1." + std::string(60, '0') + "1", kTooManyDigits},

    {"1e20", kTooLarge},
    {"-1e20", kTooLarge},
    {"100000000000000000000", kTooLarge},
    {"100000000000000000000.0000000000000000001", kTooLarge},
    {"1e999999999999", kTooLarge},
    {"1e99999999999999999999999999", kTooLarge},
    {std::string(60, '9'), kTooLarge},
};

TEST(Decimal, ParsesExactly) {
  for (const ParseCase& test : kParseCases) {
    const auto parsed = Decimal::parse(test.text);
    EXPECT_EQ(parsed.error, test.error) << test.text;
    EXPECT_EQ(parsed.value.to_string(), test.printed) << test.text;
    EXPECT_FALSE(parsed.rounded) << test.text;
  }
}

TEST(Decimal, ParsesAPieceOfALongerText) {
  const std::string_view line = "a,12.5,7";
  EXPECT_EQ(Decimal::parse(line.substr(2, 4)).value.to_string(), "12.5");
  EXPECT_EQ(Decimal::parse(line.substr(2, 3)).value.to_string(), "12");
  EXPECT_EQ(Decimal::parse(line.substr(2, 0)).error, kEmpty);
  EXPECT_EQ(Decimal::parse(std::string_view()).error, kEmpty);
}

TEST(Decimal, ParseRoundingRoundsHalfToEvenAtThe18thDigit) {
  struct Case {
    std::string text;
    std::string printed;
    bool rounded = true;
    DecimalError error = kOk;
  };
  const std::string max_digits = "99999999999999999999.99999999999999999";
  for (const auto& [text, printed, rounded, error] : {
           Case{"0.0000000000000000005", "0"},
           Case{"0.0000000000000000015", "0.000000000000000002"},
           Case{"0.0000000000000000025", "0.000000000000000002"},
           Case{"-0.0000000000000000025", "-0.000000000000000002"},
           Case{"0.00000000000000000250000000000000000000000000000000000001", "0.000000000000000003"},
           Case{"0.00000000000000000249999999999999999999999999999999999999", "0.000000000000000002"},
           Case{"0.0000000000000000005000000000000000000000000000000000000000001", "0.000000000000000001"},
           Case{"1.9999999999999999999", "2"},
           Case{"1e-999999999999", "0"},
           Case{"9e-19", "0.000000000000000001"},
           Case{"9e-20", "0"},
           Case{"12345678901234567890.1234567890123456785", "12345678901234567890.123456789012345678"},
           Case{"12345678901234567890.12345678901234567850001", "12345678901234567890.123456789012345679"},
           Case{"12345678901234567890.1234567890123456775", "12345678901234567890.123456789012345678"},
           Case{max_digits + "94", max_digits + "9"},
           Case{max_digits + "95", "0", false, kTooLarge},
           Case{"12.5", "12.5", false},
           Case{"1.000000000000000000000", "1", false},
           Case{"1,5", "0", false, kNotANumber},
           Case{"1e20", "0", false, kTooLarge},
       }) {
    const auto parsed = Decimal::parse_rounding(text);
    EXPECT_EQ(parsed.value.to_string(), printed) << text;
    EXPECT_EQ(parsed.rounded, rounded) << text;
    EXPECT_EQ(parsed.error, error) << text;
  }
}

TEST(Decimal, ErrorTextsSayWhatWasExpected) {
  EXPECT_EQ(decimal_error_text(kNotANumber), "expected a plain decimal number such as -12.5 or 1.6E-05");
}

TEST(Decimal, AddsSubtractsCompares) {
  const auto a = Decimal::parse("0.1").value;
  const auto b = Decimal::parse("-0.3").value;
  EXPECT_EQ((a + b).to_string(), "-0.2");
  EXPECT_EQ((a - b).to_string(), "0.4");
  EXPECT_EQ(a.negated().to_string(), "-0.1");
  EXPECT_LT(b, a);
  EXPECT_EQ(Decimal::from_integer(-3).to_string(), "-3");
  EXPECT_TRUE((a - a).is_zero());
}

TEST(DecimalDeathTest, StopsWhenASumLeavesTheRange) {
  const auto max = Decimal::parse(kMaxText).value;
  const auto unit = Decimal::from_units(1);
  EXPECT_EQ((max + unit.negated()).to_string(), "99999999999999999999.999999999999999998");
  EXPECT_DEATH((void)(max + unit), "10\\^20 or more");
  EXPECT_DEATH((void)(max + max), "10\\^20 or more");
  EXPECT_DEATH((void)(max.negated() - max), "10\\^20 or more");
  EXPECT_FALSE(max.can_add(unit));
  EXPECT_FALSE(max.can_add(max));
  EXPECT_TRUE(max.can_add(max.negated()));
}

TEST(Decimal, Multiplies) {
  struct Case {
    const char* left;
    const char* right;
    const char* product;
  };
  for (const auto& [left, right, product] : {
           Case{"0", "-5", "0"},
           Case{"1.5", "-2", "-3"},
           Case{"0.0000204972", "720.5", "0.0147682326"},
           Case{"0.000000000000000001", "0.5", "0"},
           Case{"0.000000000000000003", "0.5", "0.000000000000000002"},
           Case{"-0.000000000000000003", "0.5", "-0.000000000000000002"},
           Case{"0.000000000000000001", "0.500000000000000001", "0.000000000000000001"},
           Case{"9999999999.999999999", "9999999999.999999999", "99999999999999999980.000000000000000001"},
           Case{"99999999999999999999.999999999999999999", "1", "99999999999999999999.999999999999999999"},
           Case{"99999999999999999999.999999999999999999", "0.1", "10000000000000000000"},
       }) {
    const auto result = multiply(Decimal::parse(left).value, Decimal::parse(right).value);
    EXPECT_EQ(result.value.to_string(), product) << left << " * " << right;
    EXPECT_FALSE(result.overflow);
  }
}

TEST(Decimal, MultiplyReportsOverflow) {
  const auto max = Decimal::parse(kMaxText).value;
  const auto ten_billion = Decimal::from_integer(10'000'000'000);
  const auto just_over_one = Decimal::parse("1.000000000000000001").value;
  EXPECT_TRUE(multiply(max, max).overflow);
  EXPECT_TRUE(multiply(ten_billion, ten_billion).overflow);
  EXPECT_TRUE(multiply(max, just_over_one.negated()).overflow);
  EXPECT_TRUE(multiply(max, max, max).overflow);
  EXPECT_FALSE(multiply(max, max, Decimal()).overflow);
}

TEST(Decimal, ProductOfThreeIsRoundedOnce) {
  const auto half = Decimal::parse("0.5").value;
  // Rounding 0.5 and -0.5 first would give 0.
  EXPECT_EQ(multiply(Decimal::from_units(1), half, Decimal::from_integer(2)).value, Decimal::from_units(1));
  EXPECT_EQ(multiply(Decimal::from_units(-1), half, Decimal::from_integer(3)).value, Decimal::from_units(-2));
}

// The slow, obvious other way: exact rationals.

cpp_int power_of_ten(int exponent) { return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(exponent)); }

cpp_int units_of(Decimal value) { return cpp_int(value.units()); }

cpp_int round_half_even(const cpp_rational& value) {
  const cpp_int numerator = boost::multiprecision::numerator(value);
  const cpp_int denominator = boost::multiprecision::denominator(value);
  const bool negative = numerator < 0;
  cpp_int quotient = abs(numerator) / denominator;
  const cpp_int twice = 2 * (abs(numerator) % denominator);
  if (twice > denominator || (twice == denominator && quotient % 2 == 1)) ++quotient;
  return negative ? cpp_int(-quotient) : quotient;
}

const cpp_int& units_end() {
  static const cpp_int end = power_of_ten(38);
  return end;
}

class RandomDecimals {
 public:
  explicit RandomDecimals(std::uint64_t seed) : engine_(seed) {}

  int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(engine_); }

  // Digits with many zeros, fives and nines: there lie the ties and the carries.
  std::string digits(int count) {
    const std::string_view alphabet = number(0, 2) == 0 ? "0123456789" : number(0, 1) == 0 ? "00005" : "0999";
    std::string text;
    const int last = static_cast<int>(alphabet.size()) - 1;
    for (int i = 0; i < count; ++i) text += alphabet[static_cast<std::size_t>(number(0, last))];
    return text;
  }

  // Any magnitude, evenly by the number of bits.
  Decimal decimal() {
    UInt128 units = (UInt128{engine_()} << 64) | engine_();
    units >>= number(2, 127);
    const auto value = static_cast<Int128>(units);
    return Decimal::from_units(number(0, 1) == 0 ? value : -value);
  }

 private:
  std::mt19937_64 engine_;
};

TEST(DecimalProperty, ParseAgreesWithRationals) {
  for (const std::uint64_t seed : test_seeds(3)) {
    RandomDecimals random(seed);
    for (int round = 0; round < 20'000; ++round) {
      const std::string whole = random.digits(random.number(0, 30));
      const std::string fraction = random.digits(random.number(whole.empty() ? 1 : 0, 45));
      const bool has_exponent = random.number(0, 2) == 0;
      const int exponent = has_exponent ? random.number(-45, 45) : 0;
      const bool negative = random.number(0, 1) == 0;
      std::string text = (negative ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
      if (has_exponent) text += "e" + std::to_string(exponent);

      cpp_int digits = 0;
      for (const char c : whole + fraction) digits = digits * 10 + (c - '0');
      const int shift = exponent + Decimal::kScale - static_cast<int>(fraction.size());
      const cpp_rational exact(shift >= 0 ? cpp_int(digits * power_of_ten(shift)) : digits,
                               shift >= 0 ? cpp_int(1) : power_of_ten(-shift));
      const cpp_int rounded = round_half_even(exact);
      const bool is_exact = exact == cpp_rational(rounded);
      const DecimalError error = exact >= cpp_rational(units_end()) ? kTooLarge : is_exact ? kOk : kTooManyDigits;
      const auto with_sign = [negative](const cpp_int& units) { return negative ? cpp_int(-units) : units; };

      const auto parsed = Decimal::parse(text);
      ASSERT_EQ(parsed.error, error) << text << " seed " << seed;
      ASSERT_EQ(units_of(parsed.value), error == kOk ? with_sign(rounded) : cpp_int(0)) << text << " seed " << seed;

      const auto rounding = Decimal::parse_rounding(text);
      const bool too_large = rounded >= units_end();
      ASSERT_EQ(rounding.error, too_large ? kTooLarge : kOk) << text << " seed " << seed;
      ASSERT_EQ(rounding.rounded, !too_large && !is_exact) << text << " seed " << seed;
      ASSERT_EQ(units_of(rounding.value), too_large ? cpp_int(0) : with_sign(rounded)) << text << " seed " << seed;
    }
  }
}

TEST(DecimalProperty, AnyBytesAreReadOrRefused) {
  constexpr std::string_view kAlphabet("0123456789+-..eE \t,\0x", 21);
  for (const std::uint64_t seed : test_seeds(3)) {
    RandomDecimals random(seed);
    for (int round = 0; round < 50'000; ++round) {
      std::string text;
      for (int i = random.number(0, 8); i > 0; --i) text += kAlphabet[static_cast<std::size_t>(random.number(0, 20))];
      const auto parsed = Decimal::parse(text);
      if (parsed.error != kOk) {
        ASSERT_TRUE(parsed.value.is_zero()) << text << " seed " << seed;
      } else {
        ASSERT_EQ(Decimal::parse(parsed.value.to_string()).value, parsed.value) << text << " seed " << seed;
      }
    }
  }
}

TEST(DecimalProperty, PrintedTextIsReadBack) {
  for (const std::uint64_t seed : test_seeds(3)) {
    RandomDecimals random(seed);
    for (int round = 0; round < 50'000; ++round) {
      const Decimal value = random.decimal();
      if (abs(units_of(value)) >= units_end()) continue;
      const auto parsed = Decimal::parse(value.to_string());
      ASSERT_EQ(parsed.error, kOk) << value.to_string() << " seed " << seed;
      ASSERT_EQ(parsed.value, value) << value.to_string() << " seed " << seed;
    }
  }
}

TEST(DecimalProperty, ProductsAgreeWithRationals) {
  const auto expect_same = [](const DecimalProduct& product, const cpp_rational& exact, const std::string& where) {
    const cpp_int units = round_half_even(exact);
    ASSERT_EQ(product.overflow, abs(units) >= units_end()) << where;
    ASSERT_EQ(units_of(product.value), product.overflow ? cpp_int(0) : units) << where;
  };
  for (const std::uint64_t seed : test_seeds(3)) {
    RandomDecimals random(seed);
    for (int round = 0; round < 20'000; ++round) {
      const Decimal a = random.decimal(), b = random.decimal(), c = random.decimal();
      const std::string factors = a.to_string() + " * " + b.to_string() + " * " + c.to_string();
      const std::string where = factors + " seed " + std::to_string(seed);
      const cpp_int two = units_of(a) * units_of(b);
      expect_same(multiply(a, b), cpp_rational(two, power_of_ten(18)), where);
      expect_same(multiply(a, b, c), cpp_rational(two * units_of(c), power_of_ten(36)), where);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace apportion
