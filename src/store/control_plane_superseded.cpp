// The part of the control plane that knows which files of the lake are kept.
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/count_text.h"
#include "store/control_plane_internal.h"
#include "store/needed_files_internal.h"
#include "store/removed_file.h"

namespace apportion {
namespace {

// Every file that was ever published and of which there is a record.
constexpr const char* kPublishedFiles = R"((
    SELECT path, rows, bytes, content_hash, version FROM import_file
    UNION SELECT path, rows, bytes, content_hash, version FROM charge_set_file
    UNION SELECT path, rows, bytes, content_hash, version FROM charge_set_filled_file
    UNION SELECT path, rows, bytes, content_hash, version FROM split_file
    UNION SELECT path, rows, bytes, content_hash, version FROM carry
  ))";

LakeFile read_lake_file(RowReader& row) { return row.lake_file(); }

// What is noted of files that nothing needed, by path.
using Noted = std::map<std::string, std::optional<std::string>>;  // when it was removed

Result<Noted> noted_files(SqliteDatabase& sqlite) {
  APPORTION_ASSIGN(auto rows, read_all(sqlite, "SELECT path, removed_at FROM superseded_file", {}, [](RowReader& row) {
                     std::string path = row.text();
                     return std::pair(std::move(path), row.optional_text());
                   }));
  return Noted(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
}

// Brings the notes up to date: who needs a file again, or has no record of it any more, and what nothing needs now.
Result<void> note_superseded(SqliteDatabase& sqlite, const std::string& now) {
  APPORTION_ASSIGN(const auto needed, needed_lake_files(sqlite));
  APPORTION_ASSIGN(const auto published, read_all(sqlite, lake_files_sql(kPublishedFiles, ""), {}, read_lake_file));
  APPORTION_ASSIGN(Noted noted, noted_files(sqlite));
  for (const LakeFile& file : published) {
    const bool is_noted = noted.contains(file.path);
    const bool is_needed = needed.contains(file.path);
    if (!is_noted && !is_needed)
      APPORTION_TRY(sqlite.run("INSERT INTO superseded_file (path, since) VALUES (?, ?)", {file.path, now}));
    if (is_noted && (!is_needed || file.removal)) noted.erase(file.path);
  }
  for (const auto& [path, removed_at] : noted)
    APPORTION_TRY(sqlite.run("DELETE FROM superseded_file WHERE path = ?", {path}));
  return ok();
}

}  // namespace

std::string lake_files_sql(std::string_view table, std::string_view rest, std::string_view more) {
  return fmt::format(
      "SELECT path, rows, bytes, content_hash, version, removed_at, kept_days{} FROM {} LEFT JOIN superseded_file "
      "USING (path) "
      "{}",
      more, table, rest);
}

Error removed_file_error(const LakeFile& file, std::string next) {
  APPORTION_CHECK(file.removal, "the file is not kept any more");
  constexpr std::size_t kDayLength = 10;
  return {ErrorId::kLakeFileRemoved, "files of the lake that this needs were removed", file.path,
          fmt::format("nothing had needed them for {}, the setting `lake.keep-superseded-days`, when they were removed "
                      "on {}",
                      count_of(file.removal->kept_days, "day"), file.removal->at.substr(0, kDayLength)),
          std::move(next)};
}

Result<std::vector<LakeFile>> ControlPlane::known_lake_files() const {
  return read_all(database_->sqlite, lake_files_sql(kPublishedFiles, "WHERE removed_at IS NULL ORDER BY path"), {},
                  read_lake_file);
}

Result<std::vector<LakeFile>> ControlPlane::removed_lake_files() const {
  return read_all(database_->sqlite, lake_files_sql(kPublishedFiles, "WHERE removed_at IS NOT NULL ORDER BY path"), {},
                  read_lake_file);
}

Result<std::int64_t> ControlPlane::give_up_superseded_files(std::int64_t keep_days) {
  auto& sqlite = database_->sqlite;
  const std::string now = database_->clock.now();
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(note_superseded(sqlite, now));
  std::int64_t given_up = 0;
  if (keep_days > 0) {
    const Day last = database_->clock.today().plus_days(-static_cast<std::int32_t>(keep_days));
    APPORTION_TRY(
        sqlite.run("UPDATE superseded_file SET removed_at = ?, kept_days = ?"
                   " WHERE removed_at IS NULL AND substr(since, 1, 10) <= ?",
                   {now, keep_days, last.to_string()}));
    given_up = sqlite.changed_rows();
  }
  if (given_up > 0) {
    APPORTION_TRY(database_->note("lake.remove", fmt::format("{} that nothing had needed for {}",
                                                             count_of(given_up, "file"), count_of(keep_days, "day"))));
  }
  APPORTION_TRY(transaction.commit());
  return given_up;
}

}  // namespace apportion
