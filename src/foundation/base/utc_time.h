/// Moments in UTC, to the second: how long ago something was. Days are `date.h`'s business.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace apportion {

using UtcTime = std::chrono::sys_seconds;

/// Reads `2026-11-05T03:17:09Z`, also with fractions of a second, which are dropped, and nothing else.
std::optional<UtcTime> parse_utc_time(std::string_view text);

/// `2026-11-05T03:17:09Z`
std::string utc_time_text(UtcTime time);

/// `5 min`, `3 h`, `2 days`: rounded down, in the largest unit of which there are two or more.
std::string duration_text(std::chrono::seconds duration);

}  // namespace apportion
