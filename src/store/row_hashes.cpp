#include "store/row_hashes_internal.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/remedies.h"

namespace apportion {
namespace {

constexpr int kNamedOfEachTable = 5;

// These may be long, and no report reads them.
constexpr auto kHistory =
    std::to_array<std::string_view>({"reject", "sync_attempt", "job", "job_result", "kept_answer"});

// These change while people only ask; no answer about costs is made of them.
constexpr auto kNotContent = std::to_array<std::string_view>(
    {"reject", "sync_attempt", "job", "job_result", "kept_answer", "session", "token", "one_time_code", "one_time_link",
     "sign_in_failure", "alert", "alert_delivery", "report_delivery", "saved_view", "fetched_lines"});

struct HashedTable {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::string> key;
};

Result<std::vector<std::string>> first_column(SqliteDatabase& database, std::string_view sql, SqliteValues values) {
  std::vector<std::string> texts;
  APPORTION_TRY(database.query(sql, values, [&texts](const SqliteRow& row) {
    texts.push_back(row.text(0));
    return ok();
  }));
  return texts;
}

Result<std::vector<HashedTable>> hashed_tables(SqliteDatabase& database) {
  APPORTION_ASSIGN(const auto names,
                   first_column(database,
                                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
                                " AND name NOT IN ('row_hash', 'audit_log', 'content_version') ORDER BY name",
                                {}));
  std::vector<HashedTable> tables;
  for (const std::string& name : names) {
    HashedTable table{name, {}, {}};
    APPORTION_ASSIGN(table.columns, first_column(database, "SELECT name FROM pragma_table_info(?)", {name}));
    APPORTION_ASSIGN(table.key,
                     first_column(database, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", {name}));
    if (table.key.empty()) table.key.emplace_back("rowid");
    tables.push_back(std::move(table));
  }
  return tables;
}

std::string sql_name(std::string_view name) { return fmt::format("\"{}\"", name); }

// The columns of a row: of `NEW`, `OLD`, or of a table by its alias.
std::vector<std::string> of_row(std::string_view row, const std::vector<std::string>& columns) {
  std::vector<std::string> all;
  for (const std::string& column : columns) all.push_back(fmt::format("{}.{}", row, sql_name(column)));
  return all;
}

// The key of a row as one text. Several columns are written as literals, so that no two keys look the same.
std::string key_of(const HashedTable& table, std::string_view row) {
  auto columns = of_row(row, table.key);
  if (columns.size() == 1) return fmt::format("CAST({} AS TEXT)", columns.front());
  for (std::string& column : columns) column = fmt::format("quote({})", column);
  return fmt::format("({})", fmt::join(columns, " || ', ' || "));
}

std::string hash_of(const HashedTable& table, std::string_view row) {
  return fmt::format("hash_of_row('{}', {})", table.name, fmt::join(of_row(row, table.columns), ", "));
}

constexpr std::string_view kTriggers = R"(
  CREATE TRIGGER row_hash_insert_{name} AFTER INSERT ON "{name}"
  BEGIN
    INSERT INTO row_hash (table_name, row_key, hash) VALUES ('{name}', {new_key}, {new_hash})
      ON CONFLICT (table_name, row_key) DO UPDATE SET hash = excluded.hash;{counted}
  END;
  CREATE TRIGGER row_hash_update_{name} AFTER UPDATE ON "{name}"
  BEGIN
    UPDATE row_hash SET row_key = {new_key}, hash = hash_after_change(hash, {old_hash}, {new_hash})
      WHERE table_name = '{name}' AND row_key = {old_key};{counted}
  END;
  CREATE TRIGGER row_hash_delete_{name} AFTER DELETE ON "{name}"
  BEGIN
    DELETE FROM row_hash WHERE table_name = '{name}' AND row_key = {old_key};{counted}
  END;)";

std::string triggers_of(const HashedTable& table, bool has_content_version) {
  const bool is_content = std::ranges::find(kNotContent, table.name) == kNotContent.end();
  const std::string_view counted =
      is_content && has_content_version ? "\n    UPDATE content_version SET number = number + 1;" : "";
  return fmt::format(fmt::runtime(kTriggers), fmt::arg("name", table.name), fmt::arg("new_key", key_of(table, "NEW")),
                     fmt::arg("old_key", key_of(table, "OLD")), fmt::arg("new_hash", hash_of(table, "NEW")),
                     fmt::arg("old_hash", hash_of(table, "OLD")), fmt::arg("counted", counted));
}

Result<bool> has_table(SqliteDatabase& database, std::string_view name) {
  APPORTION_ASSIGN(
      const auto found,
      database.query_integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", {name}));
  return found.value_or(0) > 0;
}

// What the tables are made of, and the two numbers of the file's header that say what it is.
constexpr std::string_view kSchemaHash = R"(
  SELECT hash_of_row('sqlite_schema', (SELECT application_id FROM pragma_application_id),
                     (SELECT user_version FROM pragma_user_version), group_concat(hash))
  FROM (SELECT hash_of_row(type, name, tbl_name, sql) AS hash FROM sqlite_schema ORDER BY type, name))";

constexpr std::string_view kDamagedRows = R"(
  SELECT {key} AS row_key, h.hash IS NULL FROM "{name}" AS t
  LEFT JOIN row_hash AS h ON h.table_name = '{name}' AND h.row_key = {key}
  WHERE h.hash IS NOT {hash} LIMIT {limit})";

constexpr std::string_view kLostCount = R"(
  SELECT (SELECT count(*) FROM row_hash WHERE table_name = '{name}') - (SELECT count(*) FROM "{name}"))";

constexpr std::string_view kLostRows = R"(
  SELECT row_key FROM row_hash WHERE table_name = '{name}' EXCEPT SELECT {key} FROM "{name}" AS t LIMIT {limit})";

// `customer_tenant`, `'acme', 7` -> `customer tenant acme, 7`
std::string row_name(const HashedTable& table, std::string key) {
  std::string name = table.name;
  std::ranges::replace(name, '_', ' ');
  std::erase(key, '\'');
  return fmt::format("{} {}", name, key);
}

Result<void> find_damaged(SqliteDatabase& database, const HashedTable& table, std::vector<Error>& damages) {
  const auto statement = [&table](std::string_view sql) {
    return fmt::format(fmt::runtime(sql), fmt::arg("name", table.name), fmt::arg("key", key_of(table, "t")),
                       fmt::arg("hash", hash_of(table, "t")), fmt::arg("limit", kNamedOfEachTable));
  };
  bool has_foreign_rows = false;
  APPORTION_TRY(database.query(statement(kDamagedRows), {}, [&](const SqliteRow& row) {
    has_foreign_rows = has_foreign_rows || row.integer(1) != 0;
    damages.push_back(
        control_plane_damage(database, row_name(table, row.text(0)),
                             row.integer(1) != 0 ? "no such row was written" : "its content is not what was written"));
    return ok();
  }));
  APPORTION_ASSIGN(const auto lost, database.query_integer(statement(kLostCount)));
  if (lost.value_or(0) == 0 && !has_foreign_rows) return ok();
  return database.query(statement(kLostRows), {}, [&](const SqliteRow& row) {
    damages.push_back(control_plane_damage(database, row_name(table, row.text(0)), "it was written, but is gone"));
    return ok();
  });
}

}  // namespace

Result<bool> has_row_hashes(SqliteDatabase& database) { return has_table(database, "row_hash"); }

Result<void> keep_row_hashes(SqliteDatabase& database) {
  APPORTION_TRY(database.execute("DELETE FROM row_hash"));
  APPORTION_ASSIGN(const auto tables, hashed_tables(database));
  APPORTION_ASSIGN(const bool has_content_version, has_table(database, "content_version"));
  for (const HashedTable& table : tables) {
    APPORTION_TRY(database.execute(triggers_of(table, has_content_version)));
    APPORTION_TRY(database.execute(fmt::format("INSERT INTO row_hash SELECT '{0}', {1}, {2} FROM \"{0}\" AS t",
                                               table.name, key_of(table, "t"), hash_of(table, "t"))));
  }
  return database.execute(fmt::format("INSERT INTO row_hash SELECT 'sqlite_schema', '', ({})", kSchemaHash));
}

Result<void> drop_row_hash_triggers(SqliteDatabase& database) {
  APPORTION_ASSIGN(
      const auto names,
      first_column(database, "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'row_hash_*'", {}));
  for (const std::string& name : names) APPORTION_TRY(database.execute("DROP TRIGGER " + sql_name(name)));
  return ok();
}

Result<std::vector<Error>> damaged_rows(SqliteDatabase& database, TablesToCheck tables) {
  std::vector<Error> damages;
  APPORTION_ASSIGN(const auto all, hashed_tables(database));
  for (const HashedTable& table : all) {
    const bool is_history = std::ranges::find(kHistory, table.name) != kHistory.end();
    if (is_history && tables == TablesToCheck::kWithoutHistory) continue;
    APPORTION_TRY(find_damaged(database, table, damages));
  }
  return damages;
}

Result<std::vector<Error>> damaged_structure(SqliteDatabase& database) {
  std::vector<Error> damages;
  APPORTION_TRY(database.query("PRAGMA integrity_check(10)", {}, [&](const SqliteRow& row) {
    if (row.text(0) != "ok") damages.push_back(control_plane_damage(database, "its pages or indexes", row.text(0)));
    return ok();
  }));
  APPORTION_ASSIGN(const bool has_hashes, has_row_hashes(database));
  if (!has_hashes) return damages;
  APPORTION_ASSIGN(const auto as_written,
                   database.query_integer(fmt::format(
                       "SELECT hash = ({}) FROM row_hash WHERE table_name = 'sqlite_schema'", kSchemaHash)));
  if (as_written.value_or(0) == 0) {
    damages.push_back(control_plane_damage(database, "its schema", "its tables are not those that were created"));
  }
  return damages;
}

Error control_plane_damage(const SqliteDatabase& database, const std::string& part, std::string why) {
  return {ErrorId::kControlPlaneDamaged, "the control plane is damaged",
          fmt::format("{}: {}", database.file().string(), part), std::move(why), restore_home()};
}

bool tells_control_plane_damage(const Error& error) {
  constexpr auto kIds = std::to_array<ErrorId>({ErrorId::kControlPlaneDamaged, ErrorId::kControlPlaneForeignValue,
                                                ErrorId::kControlPlaneNotADatabase, ErrorId::kControlPlaneEmpty,
                                                ErrorId::kControlPlaneRefusedStatement});
  return std::ranges::find(kIds, error.id) != kIds.end();
}

}  // namespace apportion
