#include "lake/column_versions.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/query_engine.h"
#include "foundation/base/check.h"

namespace apportion {
namespace {

std::string columns_of_version(std::span<const ChargeColumn> columns, std::int64_t version, std::string_view further) {
  std::string list;
  for (const ChargeColumn& column : columns) {
    const std::string name = sql_identifier(column.name);
    list += fmt::format("{}{}", list.empty() ? "" : ", ",
                        column.since <= version ? fmt::format("c.{}", name)
                                                : fmt::format("CAST(NULL AS {}) AS {}", sql_type(column.type), name));
  }
  return further.empty() ? list : fmt::format("{}, {}", list, further);
}

}  // namespace

std::string rows_with_all_columns(std::span<const ChargeColumn> columns,
                                  const std::map<std::int64_t, std::string>& rows_by_version,
                                  std::string_view further) {
  APPORTION_CHECK(!rows_by_version.empty(), "rows of no files");
  const auto& [oldest, of_oldest] = *rows_by_version.begin();
  const bool has_all =
      std::ranges::all_of(columns, [oldest = oldest](const ChargeColumn& column) { return column.since <= oldest; });
  if (has_all && rows_by_version.size() == 1) return of_oldest;
  std::string rows;
  for (const auto& [version, of_version] : rows_by_version) {
    rows += fmt::format("{}SELECT {} FROM {} c", rows.empty() ? "" : " UNION ALL ",
                        columns_of_version(columns, version, further), of_version);
  }
  return fmt::format("({})", rows);
}

}  // namespace apportion
