#include "foundation/base/utc_time.h"

#include <array>
#include <charconv>
#include <cstddef>

#include <fmt/format.h>

#include "foundation/base/date.h"

namespace apportion {
namespace {

constexpr std::size_t kSecondsLength = std::string_view("2026-11-05T03:17:09").size();

std::optional<int> two_digits(std::string_view text, std::size_t place, int most) {
  int value = 0;
  const char* const end = text.data() + place + 2;
  const auto [stop, failure] = std::from_chars(text.data() + place, end, value);
  if (failure != std::errc() || stop != end || value < 0 || value > most) return std::nullopt;
  return value;
}

}  // namespace

std::optional<UtcTime> parse_utc_time(std::string_view text) {
  if (text.size() <= kSecondsLength || !text.ends_with('Z') || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const std::string_view fraction = text.substr(kSecondsLength, text.size() - kSecondsLength - 1);
  const bool plain = fraction.empty() || (fraction.size() > 1 && fraction[0] == '.' &&
                                          fraction.find_first_not_of("0123456789", 1) == std::string_view::npos);
  const auto day = Day::parse(text.substr(0, 10));
  const auto hours = two_digits(text, 11, 23);
  const auto minutes = two_digits(text, 14, 59);
  const auto seconds = two_digits(text, 17, 60);
  if (!plain || !day || !hours || !minutes || !seconds) return std::nullopt;
  return UtcTime(std::chrono::days(day->days_since_epoch()) + std::chrono::hours(*hours) +
                 std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds));
}

std::string utc_time_text(UtcTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock(time - days);
  return fmt::format("{}T{:02}:{:02}:{:02}Z",
                     Day(static_cast<std::int32_t>(days.time_since_epoch().count())).to_string(), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::string duration_text(std::chrono::seconds duration) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  static constexpr std::array<Unit, 3> kUnits = {{{86'400, "days"}, {3'600, "h"}, {60, "min"}}};
  for (const Unit& unit : kUnits) {
    const std::int64_t count = duration.count() / unit.seconds;
    if (count >= 2) return fmt::format("{} {}", count, unit.name);
  }
  return fmt::format("{} s", duration.count());
}

}  // namespace apportion
