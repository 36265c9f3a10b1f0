/// What the path of an exported file says: `ROOT/EXPORT/YYYYMMDD-YYYYMMDD/[yyyyMMddHHmm/]RUN-ID/FILE`, with any number
/// of levels more or less. Source: Azure's export tutorial for the layout; the level with the time of the run was seen
/// in real exports.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/date.h"

namespace apportion {

/// The days that a run covers, all in one month.
struct RunPeriod {
  Month month;
  Day first_day;
  Day last_day;

  friend bool operator==(const RunPeriod&, const RunPeriod&) = default;
};

/// The levels of a path without stray blanks at their ends and without empty ones, so that a name as the manifest
/// writes it compares equal to the name in the store.
std::vector<std::string> path_levels(std::string_view path);

/// Levels with `/` between them.
std::string join_levels(const std::vector<std::string>& levels, std::size_t count);

struct ExportPath {
  std::vector<std::string> folders;  ///< All levels but the file name.
  std::string file_name;
  std::optional<RunPeriod> period;          ///< Of the last date level that lies in one month.
  std::optional<std::size_t> period_level;  ///< Which folder that is.
  std::string submitted_at;                 ///< `2026-11-05T03:17:00Z` from the level with the time, otherwise empty.
  std::string run_id;  ///< The last GUID, of a folder or in the file name, in lower case; else empty.
};

ExportPath read_export_path(std::string_view path);

/// The last GUID in a text, in lower case; empty if there is none.
std::string last_guid(std::string_view text);

}  // namespace apportion
