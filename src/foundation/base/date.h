/// UTC calendar days and months. Apportion has no local time: every date in it is a UTC calendar day.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace apportion {

/// A UTC calendar day, as days since 1970-01-01 (the DATE of Parquet, DuckDB and SQL).
class Day {
 public:
  explicit constexpr Day(std::int32_t days_since_epoch) : days_(days_since_epoch) {}

  /// The day of a civil date; nothing when there is no such day (2026-02-29, month 13).
  static std::optional<Day> from_civil(int year, int month, int day_of_month);
  /// Reads `YYYY-MM-DD`, and nothing else.
  static std::optional<Day> parse(std::string_view text);

  constexpr std::int32_t days_since_epoch() const { return days_; }
  int year() const;
  int month() const;         ///< 1 to 12
  int day_of_month() const;  ///< 1 to 31
  constexpr Day plus_days(std::int32_t days) const { return Day(days_ + days); }
  std::string to_string() const;  ///< `YYYY-MM-DD`

  friend constexpr auto operator<=>(Day, Day) = default;

 private:
  std::int32_t days_;
};

/// A calendar month, `YYYY-MM`.
class Month {
 public:
  /// The month of a year; nothing unless `month` is 1 to 12 and `year` 1 to 9999.
  static std::optional<Month> from_civil(int year, int month);
  /// Reads `YYYY-MM`, and nothing else.
  static std::optional<Month> parse(std::string_view text);
  static Month of(Day day);

  int year() const { return index_ / 12; }
  int month() const { return index_ % 12 + 1; }
  Day first_day() const;
  Day last_day() const;
  constexpr Month plus_months(int months) const { return Month(index_ + months); }
  bool contains(Day day) const { return Month::of(day) == *this; }
  std::string to_string() const;  ///< `YYYY-MM`

  friend constexpr auto operator<=>(Month, Month) = default;

 private:
  explicit constexpr Month(int index) : index_(index) {}
  int index_;  // year * 12 + month - 1
};

}  // namespace apportion
