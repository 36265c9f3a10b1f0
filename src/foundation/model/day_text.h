/// Reading the days of Azure's files.
#pragma once

#include <optional>
#include <string_view>

#include "foundation/base/date.h"
#include "foundation/model/source_batch.h"

namespace apportion {

/// Reads a day in the format that was decided for its file: ISO `2026-10-31`, alone or followed by a time
/// (`T00:00:00Z`, ` 00:00:00`), or `10/31/2026`, also unpadded and with a two-digit year, alone or followed by a
/// midnight time. Times are cut off: a charge belongs to a UTC calendar day. Nothing if the text is no such day.
std::optional<Day> parse_day(std::string_view text, DayFormat format);

}  // namespace apportion
