#include "foundation/base/clock.h"

#include <ctime>

#include <fmt/format.h>

#include "foundation/base/check.h"

namespace apportion {

Clock Clock::system() {
  return Clock([] {
    const std::time_t seconds = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec);
  });
}

Clock Clock::fixed(Day day) {
  return Clock([text = day.to_string() + "T12:00:00Z"] { return text; });
}

Day Clock::today() const {
  const auto day = Day::parse(std::string_view(now_()).substr(0, 10));
  APPORTION_CHECK(day.has_value(), "a clock must tell an ISO date");
  return *day;
}

}  // namespace apportion
