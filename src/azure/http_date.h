/// Dates of HTTP headers: `Wed, 25 Nov 2026 12:00:00 GMT`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace apportion {

/// Seconds since 1970-01-01 UTC; nothing if it is not a date in the form that servers send.
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace apportion
