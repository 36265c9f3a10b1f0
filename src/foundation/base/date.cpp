#include "foundation/base/date.h"

#include <chrono>

#include <fmt/format.h>

namespace apportion {
namespace {

std::chrono::year_month_day civil(Day day) {
  return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(day.days_since_epoch())));
}

// Reads exactly the digits of `text`; -1 when another character is among them.
int digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::optional<Day> Day::from_civil(int year, int month, int day_of_month) {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day_of_month < 1 || day_of_month > 31) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day_of_month)));
  if (!date.ok()) return std::nullopt;
  return Day(static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count()));
}

std::optional<Day> Day::parse(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  return from_civil(digits(text.substr(0, 4)), digits(text.substr(5, 2)), digits(text.substr(8, 2)));
}

int Day::year() const { return static_cast<int>(civil(*this).year()); }
int Day::month() const { return static_cast<int>(static_cast<unsigned>(civil(*this).month())); }
int Day::day_of_month() const { return static_cast<int>(static_cast<unsigned>(civil(*this).day())); }

std::string Day::to_string() const { return fmt::format("{:04}-{:02}-{:02}", year(), month(), day_of_month()); }

std::optional<Month> Month::from_civil(int year, int month) {
  if (year < 1 || year > 9999 || month < 1 || month > 12) return std::nullopt;
  return Month(year * 12 + month - 1);
}

std::optional<Month> Month::parse(std::string_view text) {
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  return from_civil(digits(text.substr(0, 4)), digits(text.substr(5, 2)));
}

Month Month::of(Day day) { return Month(day.year() * 12 + day.month() - 1); }

Day Month::first_day() const { return *Day::from_civil(year(), month(), 1); }
Day Month::last_day() const { return plus_months(1).first_day().plus_days(-1); }

std::string Month::to_string() const { return fmt::format("{:04}-{:02}", year(), month()); }

}  // namespace apportion
