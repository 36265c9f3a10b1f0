#include "engine/trino/table_registry.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace apportion {
namespace {

// The first cells of what a statement answers.
Result<std::vector<std::string>> names_from(TrinoClient& client, const std::string& sql, const Cancel& cancel) {
  std::vector<std::string> names;
  APPORTION_ASSIGN(TrinoPage page, client.begin(sql, cancel));
  while (true) {
    for (const TrinoRow& row : page.rows) {
      if (const auto* name = row.empty() ? nullptr : std::get_if<std::string>(&row.front())) names.push_back(*name);
    }
    if (page.next.empty()) return names;
    APPORTION_ASSIGN(page, client.next(page, cancel));
  }
}

}  // namespace

Result<std::vector<std::string>> register_delta_tables(TrinoClient& client, std::span<const TableToRegister> tables,
                                                       const Cancel& cancel) {
  const std::string catalog = sql_identifier(client.settings().catalog);
  const std::string schema = fmt::format("{}.{}", catalog, sql_identifier(client.settings().schema));
  APPORTION_TRY(names_from(client, "CREATE SCHEMA IF NOT EXISTS " + schema, cancel));
  APPORTION_ASSIGN(const auto known, names_from(client, "SHOW TABLES FROM " + schema, cancel));
  std::vector<std::string> registered;
  for (const TableToRegister& table : tables) {
    if (std::ranges::find(known, table.name) != known.end()) continue;
    const std::string call = fmt::format("CALL {}.system.register_table({}, {}, {})", catalog,
                                         sql_literal(client.settings().schema), sql_literal(table.name),
                                         sql_literal(table.place));
    APPORTION_TRY(names_from(client, call, cancel));
    registered.push_back(table.name);
  }
  return registered;
}

}  // namespace apportion
