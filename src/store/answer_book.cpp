#include "store/answer_book.h"

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "store/control_plane_internal.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

constexpr std::int64_t kDaySeconds = std::int64_t{24} * 60 * 60;
constexpr std::int64_t kEntriesMax = 10'000;
constexpr std::string_view kAfterName = ": ";

std::string text_of(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string text;
  for (const auto& [name, value] : headers) text += fmt::format("{}{}{}\n", name, kAfterName, value);
  return text;
}

std::vector<std::pair<std::string, std::string>> headers_of(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const std::string_view line : split_text(text, '\n')) {
    const std::size_t end = line.find(kAfterName);
    if (end != std::string_view::npos) headers.emplace_back(line.substr(0, end), line.substr(end + kAfterName.size()));
  }
  return headers;
}

AnswerEntry read_entry(RowReader& row) {
  AnswerEntry entry;
  entry.request_hash = row.text();
  entry.folder = row.text();
  const auto status = row.optional_integer();
  KeptAnswer answer;
  answer.status = static_cast<int>(status.value_or(0));
  answer.etag = row.text();
  answer.headers = headers_of(row.text());
  answer.body = row.text();
  if (status) entry.answer = std::move(answer);
  return entry;
}

}  // namespace

class AnswerBook::Database {
 public:
  SqliteDatabase sqlite;
};

AnswerBook::AnswerBook(std::unique_ptr<Database> database) : database_(std::move(database)) {}
AnswerBook::AnswerBook(AnswerBook&&) noexcept = default;
AnswerBook::~AnswerBook() = default;

Result<AnswerBook> AnswerBook::open(const std::filesystem::path& control_plane_file) {
  APPORTION_ASSIGN(auto sqlite, open_control_plane_database(control_plane_file, false));
  return AnswerBook(std::make_unique<Database>(Database{std::move(sqlite)}));
}

Result<std::optional<AnswerEntry>> AnswerBook::begin(const AnswerKey& key, const std::string& request_hash,
                                                     const std::string& folder, std::int64_t now_seconds) {
  SqliteDatabase& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(sqlite.run("DELETE FROM kept_answer WHERE since < ? OR id <= (SELECT max(id) FROM kept_answer) - ?",
                           {now_seconds - kDaySeconds, kEntriesMax}));
  APPORTION_ASSIGN(auto known, read_first(sqlite,
                                          "SELECT request_hash, folder, status, etag, headers, body FROM kept_answer"
                                          " WHERE actor = ? AND key_hash = ?",
                                          {key.actor, key.hash}, read_entry));
  if (!known) {
    APPORTION_TRY(
        sqlite.run("INSERT INTO kept_answer (actor, key_hash, request_hash, since, folder) VALUES (?, ?, ?, ?, ?)",
                   {key.actor, key.hash, request_hash, now_seconds, folder}));
  }
  APPORTION_TRY(transaction.commit());
  return known;
}

Result<void> AnswerBook::keep(const AnswerKey& key, const KeptAnswer& answer) {
  const std::string headers = text_of(answer.headers);
  return database_->sqlite.run(
      "UPDATE kept_answer SET status = ?, etag = ?, headers = ?, body = ? WHERE actor = ? AND key_hash = ?",
      {std::int64_t{answer.status}, answer.etag, headers, answer.body, key.actor, key.hash});
}

Result<void> AnswerBook::forget(const AnswerKey& key) {
  return database_->sqlite.run("DELETE FROM kept_answer WHERE actor = ? AND key_hash = ?", {key.actor, key.hash});
}

}  // namespace apportion
