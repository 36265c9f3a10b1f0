#include "azure/connect/utc_time.h"

#include <charconv>

#include "foundation/base/check.h"
#include "foundation/base/date.h"

namespace apportion {
namespace {

constexpr std::size_t kLength = std::string_view("2026-11-25T12:00:00").size();

/// The two digits at a place; nothing when there are none, or more than `most`.
std::optional<int> two_digits(std::string_view text, std::size_t at, int most) {
  int value = 0;
  const char* begin = text.data() + at;
  const auto read = std::from_chars(begin, begin + 2, value);
  if (read.ptr != begin + 2 || value < 0 || value > most) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::int64_t> epoch_seconds_of(std::string_view utc) {
  if (utc.size() < kLength || utc[10] != 'T' || utc[13] != ':' || utc[16] != ':') return std::nullopt;
  const auto day = Day::parse(utc.substr(0, 10));
  const auto hour = two_digits(utc, 11, 23);
  const auto minute = two_digits(utc, 14, 59);
  const auto second = two_digits(utc, 17, 60);
  if (!day || !hour || !minute || !second) return std::nullopt;
  return ((std::int64_t{day->days_since_epoch()} * 24 + *hour) * 60 + *minute) * 60 + *second;
}

std::int64_t epoch_seconds_now(const Clock& clock) {
  const auto now = epoch_seconds_of(clock.now());
  APPORTION_CHECK(now.has_value(), "a clock must tell an ISO time");
  return *now;
}

}  // namespace apportion
