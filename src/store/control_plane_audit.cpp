// The part of the control plane that knows who did what, and what somebody set.
#include <utility>

#include "store/control_plane_internal.h"

namespace apportion {
namespace {

// The hash of an entry covers the hash of the one before it and all that the entry says. JSON keeps the values apart.
constexpr const char* kNote = R"(
  WITH last AS (SELECT coalesce(max(id), 0) AS id FROM audit_log),
       entry AS (SELECT last.id + 1 AS id, coalesce((SELECT hash FROM audit_log WHERE id = last.id), '') AS previous
                 FROM last)
  INSERT INTO audit_log (id, at, actor, what, detail, hash)
  SELECT id, ?1, ?2, ?3, ?4, sha256(json_array(previous, id, ?1, ?2, ?3, ?4)) FROM entry)";

constexpr const char* kVerify = R"(
  SELECT id, hash, sha256(json_array(lag(hash, 1, '') OVER (ORDER BY id), id, at, actor, what, detail))
  FROM audit_log ORDER BY id)";

// The highest number that was ever given out, also when the newest entries were taken away.
constexpr const char* kLastNumber = "SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'";

AuditEntry read_entry(RowReader& row) {
  return {row.integer(), row.text(), row.text(), row.text(), row.text(), row.text()};
}

}  // namespace

Result<void> note_in_audit_log(SqliteDatabase& sqlite, const std::string& now, std::string_view actor,
                               std::string_view what, std::string_view detail) {
  return sqlite.run(kNote, {now, actor, what, detail});
}

Result<void> ControlPlane::Database::note(std::string_view what, std::string_view detail) {
  return note_in_audit_log(sqlite, clock.now(), actor, what, detail);
}

Result<std::vector<AuditEntry>> ControlPlane::audit_log(std::int64_t entries_max) const {
  return read_all(database_->sqlite, "SELECT id, at, actor, what, detail, hash FROM audit_log ORDER BY id DESC LIMIT ?",
                  {entries_max}, read_entry);
}

Result<AuditVerification> ControlPlane::verify_audit_log() const {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
  AuditVerification found;
  APPORTION_TRY(sqlite.query(kVerify, {}, [&found](const SqliteRow& row) {
    ++found.entries;
    found.head = row.text(1);
    const bool is_as_written = row.integer(0) == found.entries && row.text(1) == row.text(2);
    if (!is_as_written && !found.broken_at) found.broken_at = found.entries;
    return ok();
  }));
  APPORTION_ASSIGN(const auto last, sqlite.query_integer(kLastNumber));
  if (!found.broken_at && last.value_or(0) != found.entries) found.broken_at = found.entries + 1;
  return found;
}

Result<std::map<std::string, std::string>> ControlPlane::stored_settings() const {
  APPORTION_ASSIGN(auto all, read_all(database_->sqlite, "SELECT name, value FROM setting", {}, [](RowReader& row) {
                     std::string name = row.text();
                     return std::pair(std::move(name), row.text());
                   }));
  return std::map<std::string, std::string>(all.begin(), all.end());
}

Result<void> ControlPlane::put_setting(const std::string& name, const std::optional<std::string>& value) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(value ? sqlite.run("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", {name, *value})
                      : sqlite.run("DELETE FROM setting WHERE name = ?", {name}));
  APPORTION_TRY(database_->note("setting.put", value ? name + " = " + *value : name + " as by default"));
  return transaction.commit();
}

}  // namespace apportion
