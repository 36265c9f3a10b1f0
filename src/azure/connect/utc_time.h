/// Times in Azure's answers and in our clock's texts: `2026-11-25T12:00:00.1234567Z`, always UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "foundation/base/clock.h"

namespace apportion {

/// Whole seconds since 1970-01-01; nothing if it is not such a time.
std::optional<std::int64_t> epoch_seconds_of(std::string_view utc);

std::int64_t epoch_seconds_now(const Clock& clock);

}  // namespace apportion
