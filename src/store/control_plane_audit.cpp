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
  INSERT INTO audit_log (id, at, actor, what, detail, address, customer, by_customer, hash)
  SELECT id, ?1, ?2, ?3, ?4, ?5, ?6, ?7,
         sha256(json_array(previous, id, ?1, ?2, ?3, ?4, ?5, ?6, json(iif(?7, 'true', 'false'))))
  FROM entry)";

// Older entries say nothing of address and customer. An entry that says a part of it was not written by any version.
constexpr const char* kVerify = R"(
  SELECT id, hash,
         CASE WHEN address IS NULL AND customer IS NULL AND by_customer IS NULL
              THEN sha256(json_array(previous, id, at, actor, what, detail))
              ELSE sha256(json_array(previous, id, at, actor, what, detail, address, customer,
                                     json(CASE by_customer WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)))
         END
  FROM (SELECT *, lag(hash, 1, '') OVER (ORDER BY id) AS previous FROM audit_log) ORDER BY id)";

// The highest number that was ever given out, also when the newest entries were taken away.
constexpr const char* kLastNumber = "SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'";

constexpr const char* kNewest = R"(
  SELECT id, at, actor, what, detail, hash, coalesce((SELECT hash FROM audit_log AS p WHERE p.id = e.id - 1), ''),
         address, coalesce(customer, ''), coalesce(by_customer, 0)
  FROM audit_log AS e WHERE ?2 = 0 OR id < ?2 ORDER BY id DESC LIMIT ?1)";

constexpr const char* kNewestOfCustomer = R"(
  SELECT number, at, actor, what, detail, hash, '', address, customer, by_customer
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS number FROM audit_log WHERE customer = ?1 AND customer <> '')
  WHERE ?3 = 0 OR number < ?3 ORDER BY number DESC LIMIT ?2)";

constexpr const char* kOfDays = R"(
  SELECT id, at, actor, what, detail, hash, coalesce((SELECT hash FROM audit_log AS p WHERE p.id = e.id - 1), ''),
         address, coalesce(customer, ''), coalesce(by_customer, 0)
  FROM audit_log AS e
  WHERE (?1 IS NULL OR substr(at, 1, 10) >= ?1) AND (?2 IS NULL OR substr(at, 1, 10) <= ?2) ORDER BY id)";

AuditEntry read_entry(RowReader& row) {
  AuditEntry entry;
  entry.number = row.integer();
  entry.at = row.text();
  entry.actor = row.text();
  entry.what = row.text();
  entry.detail = row.text();
  entry.hash = row.text();
  entry.previous_hash = row.text();
  entry.address = row.optional_text();
  entry.customer = row.text();
  entry.by_customer = row.boolean();
  return entry;
}

}  // namespace

Result<void> note_in_audit_log(SqliteDatabase& sqlite, const std::string& now, const AuditNote& note) {
  return sqlite.run(kNote, {now, note.actor, note.what, note.detail, note.address, note.customer, note.by_customer});
}

Result<void> ControlPlane::Database::note(std::string_view what, std::string_view detail, const CustomerId& customer) {
  return note_in_audit_log(sqlite, clock.now(), {actor, what, detail, {}, customer.raw()});
}

Result<std::vector<AuditEntry>> ControlPlane::audit_log(std::int64_t entries_max, std::int64_t before) const {
  return read_all(database_->sqlite, kNewest, {entries_max, before}, read_entry);
}

Result<std::vector<AuditEntry>> ControlPlane::audit_log_of(const CustomerId& customer, std::int64_t entries_max,
                                                           std::int64_t before) const {
  return read_all(database_->sqlite, kNewestOfCustomer, {customer.raw(), entries_max, before}, read_entry);
}

Result<void> ControlPlane::read_audit_log(std::optional<Day> from, std::optional<Day> to,
                                          const std::function<Result<void>(const AuditEntry&)>& visit) const {
  const auto first = from ? std::optional(from->to_string()) : std::nullopt;
  const auto last = to ? std::optional(to->to_string()) : std::nullopt;
  return database_->sqlite.query(kOfDays, {first, last}, [&visit](const SqliteRow& row) -> Result<void> {
    RowReader reader(row);
    const AuditEntry entry = read_entry(reader);
    APPORTION_TRY(reader.finish());
    return visit(entry);
  });
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
