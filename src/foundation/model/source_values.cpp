#include "foundation/model/source_values.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "foundation/base/check.h"

namespace apportion {
namespace {

constexpr int kDigitsMax = 38;

constexpr std::array<UInt128, kDigitsMax + 1> kPowersOfTen = [] {
  std::array<UInt128, kDigitsMax + 1> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

UInt128 size_of(Int128 number) {
  return number < 0 ? UInt128{0} - static_cast<UInt128>(number) : static_cast<UInt128>(number);
}

// Writes a text from its end to its front: digits come so.
class BackwardText {
 public:
  void put(char c) { bytes_[--at_] = c; }
  void put(std::string_view text) {
    for (std::size_t i = text.size(); i > 0; --i) put(text[i - 1]);
  }
  // At least `least` digits.
  void put_digits(UInt128 number, int least) {
    constexpr std::uint64_t kChunk = 10'000'000'000'000'000'000U;  // what 64 bits hold is divided faster
    while (number >= kChunk) {
      put_digits_of_64(static_cast<std::uint64_t>(number % kChunk), 19);
      number /= kChunk;
      least -= 19;
    }
    put_digits_of_64(static_cast<std::uint64_t>(number), least);
  }
  std::string_view text() const { return {bytes_.data() + at_, bytes_.size() - at_}; }

 private:
  void put_digits_of_64(std::uint64_t number, int least) {
    for (; number != 0 || least > 0; number /= 10, --least) put(static_cast<char>('0' + number % 10));
  }

  std::array<char, 96> bytes_{};
  std::size_t at_ = bytes_.size();
};

void put_decimal(BackwardText& out, Int128 number, const NumberFormat& format) {
  const UInt128 one = kPowersOfTen[static_cast<std::size_t>(format.scale)];
  const UInt128 size = size_of(number);
  if (format.scale == 0) {
    out.put_digits(size, 1);
  } else {
    const bool has_digits_before_the_point = format.precision > format.scale;
    out.put_digits(size % one, format.scale);
    out.put('.');
    out.put_digits(size / one, has_digits_before_the_point ? 1 : 0);
  }
  if (number < 0) out.put('-');
}

struct CivilDay {
  std::int64_t year = 0;
  unsigned month = 0;
  unsigned day = 0;
};

// http://howardhinnant.github.io/date_algorithms.html#civil_from_days, for years that a Day does not have as well.
CivilDay civil_day(std::int64_t days) {
  constexpr std::int64_t kDaysOfEra = 146'097;  // 400 years
  days += 719'468;                              // since 0000-03-01
  const std::int64_t era = (days >= 0 ? days : days - (kDaysOfEra - 1)) / kDaysOfEra;
  const auto day_of_era = static_cast<unsigned>(days - era * kDaysOfEra);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned month_from_march = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

// Years before the first are counted backwards, behind the day.
void put_era(BackwardText& out, const CivilDay& day) {
  if (day.year <= 0) out.put(" (BC)");
}

void put_civil_day(BackwardText& out, const CivilDay& day) {
  out.put_digits(day.day, 2);
  out.put('-');
  out.put_digits(day.month, 2);
  out.put('-');
  out.put_digits(static_cast<UInt128>(day.year > 0 ? day.year : 1 - day.year), 4);
}

void put_day(BackwardText& out, Int128 number) {
  constexpr Int128 kInfinity = INT32_MAX;
  if (number >= kInfinity || number <= -kInfinity) {
    out.put(number < 0 ? "-infinity" : "infinity");
    return;
  }
  const CivilDay day = civil_day(static_cast<std::int64_t>(number));
  put_era(out, day);
  put_civil_day(out, day);
}

void put_moment(BackwardText& out, Int128 number, const NumberFormat& format) {
  constexpr Int128 kInfinity = INT64_MAX;
  if (number >= kInfinity || number <= -kInfinity) {
    out.put(number < 0 ? "-infinity" : "infinity");
    return;
  }
  const auto parts_of_second = static_cast<std::int64_t>(kPowersOfTen[static_cast<std::size_t>(format.scale)]);
  const std::int64_t parts_of_day = parts_of_second * 86'400;
  const auto moment = static_cast<std::int64_t>(number);
  std::int64_t days = moment / parts_of_day;
  std::int64_t rest = moment % parts_of_day;
  if (rest < 0) {
    rest += parts_of_day;
    --days;
  }
  const CivilDay day = civil_day(days);
  if (format.in_utc) out.put("+00");
  put_era(out, day);
  auto parts = static_cast<std::uint64_t>(rest % parts_of_second);
  const auto seconds = static_cast<std::uint64_t>(rest / parts_of_second);
  if (parts != 0) {
    int digits = format.scale;
    for (; parts % 10 == 0; parts /= 10) --digits;
    out.put_digits(parts, digits);
    out.put('.');
  }
  out.put_digits(seconds % 60, 2);
  out.put(':');
  out.put_digits(seconds / 60 % 60, 2);
  out.put(':');
  out.put_digits(seconds / 3600, 2);
  out.put(' ');
  put_civil_day(out, day);
}

}  // namespace

std::string_view text_of_number(Int128 number, const NumberFormat& format, TextArena& arena) {
  BackwardText out;
  switch (format.kind) {
    case NumberFormat::Kind::kDecimal: put_decimal(out, number, format); break;
    case NumberFormat::Kind::kInteger: put_decimal(out, number, NumberFormat()); break;
    case NumberFormat::Kind::kBoolean: out.put(number != 0 ? "true" : "false"); break;
    case NumberFormat::Kind::kDay: put_day(out, number); break;
    case NumberFormat::Kind::kMoment: put_moment(out, number, format); break;
  }
  const std::string_view made = out.text();
  char* const room = arena.allocate(made.size());
  std::memcpy(room, made.data(), made.size());
  return {room, made.size()};
}

std::optional<Decimal> decimal_of_number(Int128 number, const NumberFormat& format) {
  const bool is_plain =
      format.kind == NumberFormat::Kind::kDecimal && format.scale <= Decimal::kScale && format.precision > format.scale;
  if (!is_plain) return std::nullopt;
  const UInt128 factor = kPowersOfTen[static_cast<std::size_t>(Decimal::kScale - format.scale)];
  if (size_of(number) >= kPowersOfTen[static_cast<std::size_t>(kDigitsMax - Decimal::kScale + format.scale)])
    return std::nullopt;
  return Decimal::from_units(number * static_cast<Int128>(factor));
}

}  // namespace apportion
