#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sqlite3.h>
#include <unistd.h>

#include "foundation/base/check.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "store/remedies.h"
#include "store/sqlite_internal.h"

namespace apportion {
namespace {

struct Failure {
  int sqlite_code;
  ErrorId id;
  const char* what;
  Advice next;
};

constexpr Advice kGrantOrMove{
    "give the user who runs apportion the right to read and write this file and its folder, or choose another home",
    Step::kChooseHome};

constexpr Advice kRightHomeOrRestore{"check that this is the right home; if it is, restore it from a backup",
                                     Step::kRestoreHome};

constexpr auto kFailures = std::to_array<Failure>({
    {SQLITE_FULL, ErrorId::kDiskFull, "the disk is full",
     "free some space on the disk of the home, then try again; nothing was lost"},
    {SQLITE_READONLY, ErrorId::kControlPlaneReadOnly, "the control plane cannot be written", kGrantOrMove},
    {SQLITE_CANTOPEN, ErrorId::kControlPlaneUnopenable, "the control plane cannot be opened", kGrantOrMove},
    {SQLITE_PERM, ErrorId::kControlPlaneUnopenable, "the control plane cannot be opened", kGrantOrMove},
    {SQLITE_NOTADB, ErrorId::kControlPlaneNotADatabase, "the control plane is not a database", kRightHomeOrRestore},
    {SQLITE_CORRUPT, ErrorId::kControlPlaneDamaged, "the control plane is damaged", kRestoreHome},
    {SQLITE_BUSY, ErrorId::kControlPlaneLocked, "another apportion process is writing to this home",
     "wait until it has finished, then try again"},
    {SQLITE_LOCKED, ErrorId::kControlPlaneLocked, "another apportion process is writing to this home",
     "wait until it has finished, then try again"},
    {SQLITE_IOERR, ErrorId::kControlPlaneDiskFailed, "the disk of the control plane failed",
     "check that disk, then try again; nothing was left half-written"},
    {SQLITE_TOOBIG, ErrorId::kTextTooLarge, "a text is too large to store", "make it smaller than 1 GB"},
    {SQLITE_NOMEM, ErrorId::kOutOfMemory, "out of memory", "free some memory, then try again"},
});

constexpr Failure kOtherFailure{SQLITE_ERROR, ErrorId::kControlPlaneRefusedStatement,
                                "the control plane refused a statement",
                                "nothing was changed; please report this as a bug in apportion"};

const Failure& failure_of(int sqlite_code) {
  for (const Failure& failure : kFailures) {
    if (failure.sqlite_code == sqlite_code) return failure;
  }
  return kOtherFailure;
}

// Makes the file for its owner's eyes only; SQLite gives its other files the same rights. Only a file that is new is
// opened here: closing one that SQLite has open would drop SQLite's locks.
Result<void> make_private_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0 && errno != EEXIST) return file_error("the control plane cannot be created", file, errno);
  if (descriptor >= 0) ::close(descriptor);
  return ok();
}

// The SQL function sha256(text).
void sha256(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  const unsigned char* text = sqlite3_value_text(values[0]);
  if (text == nullptr) return sqlite3_result_null(context);
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), text, static_cast<unsigned long long>(sqlite3_value_bytes(values[0])));
  std::array<char, 2 * crypto_hash_sha256_BYTES + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  sqlite3_result_text(context, hex.data(), static_cast<int>(hex.size() - 1), SQLITE_TRANSIENT);
}

void add_bytes(std::string& bytes, const void* data, std::size_t size) {
  bytes.append(static_cast<const char*>(data), size);
}

// A value with its type and its length, so that no two rows of values look the same.
void add_value(std::string& bytes, sqlite3_value* value) {
  const int type = sqlite3_value_type(value);
  bytes += static_cast<char>(type);
  if (type == SQLITE_NULL) return;
  if (type == SQLITE_INTEGER) {
    const sqlite3_int64 number = sqlite3_value_int64(value);
    return add_bytes(bytes, &number, sizeof number);
  }
  const void* data = sqlite3_value_blob(value);
  const int size = sqlite3_value_bytes(value);
  add_bytes(bytes, &size, sizeof size);
  if (size > 0) add_bytes(bytes, data, static_cast<std::size_t>(size));
}

// The SQL function hash_of_row(table, value, ...).
void hash_of_row(sqlite3_context* context, int count, sqlite3_value** values) {
  std::string bytes;
  for (int at = 0; at < count; ++at) add_value(bytes, values[at]);
  sqlite3_result_int64(context, short_hash_of(bytes));
}

// The SQL function hash_after_change(kept, before, after): what was wrong before the change stays wrong.
void hash_after_change(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  sqlite3_result_int64(
      context, sqlite3_value_int64(values[0]) ^ sqlite3_value_int64(values[1]) ^ sqlite3_value_int64(values[2]));
}

struct Function {
  const char* name;
  int values;  // -1: any number
  void (*run)(sqlite3_context*, int, sqlite3_value**);
};

constexpr auto kFunctions = std::to_array<Function>(
    {{"sha256", 1, sha256}, {"hash_of_row", -1, hash_of_row}, {"hash_after_change", 3, hash_after_change}});

}  // namespace

bool SqliteRow::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t SqliteRow::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string SqliteRow::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return text == nullptr ? std::string()
                         : std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
}

std::string SqliteRow::column_name(int column) const {
  const char* name = sqlite3_column_name(statement_, column);
  return name == nullptr ? "" : name;
}

void SqliteDatabase::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Error SqliteDatabase::error(int code) const {
  const int primary = code & 0xff;
  // The handle has no word on what it was not asked: that its file is read-only, say.
  const bool is_its_own = handle_ && (sqlite3_errcode(handle_.get()) & 0xff) == primary;
  std::string why = is_its_own ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  int system_error = 0;
  if (handle_ && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL)) {
    system_error = sqlite3_system_errno(handle_.get());
  }
  if (system_error != 0) why += fmt::format(" ({})", std::generic_category().message(system_error));
  const bool full = system_error == ENOSPC || system_error == EDQUOT;
  const Failure& failure = failure_of(full ? SQLITE_FULL : primary);
  return {failure.id, failure.what, file_.string(), std::move(why), advice_text(failure.next)};
}

Result<SqliteDatabase> SqliteDatabase::open(const std::filesystem::path& file, const SqliteOptions& options) {
  if (options.create) APPORTION_TRY(make_private_file(file));
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteDatabase database(std::unique_ptr<sqlite3, Close>(raw), file, options.busy_timeout);
  if (code != SQLITE_OK) return database.error(code);
  sqlite3_extended_result_codes(raw, 1);
  if (sqlite3_db_readonly(raw, "main") == 1) return database.error(SQLITE_READONLY);
  sqlite3_busy_timeout(raw, static_cast<int>(options.busy_timeout.count()));
  const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  for (const auto& [name, values, run] : kFunctions) {
    const int defined = sqlite3_create_function_v2(raw, name, values, flags, nullptr, run, nullptr, nullptr, nullptr);
    if (defined != SQLITE_OK) return database.error(defined);
  }
  // Rows that REPLACE takes away run their triggers only with recursive ones.
  APPORTION_TRY(
      database.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
                       " PRAGMA recursive_triggers = ON"));
  return database;
}

// SQLite does not wait by itself for another process that is switching at the same moment.
Result<void> SqliteDatabase::use_write_ahead_log() {
  constexpr auto kPause = std::chrono::milliseconds(20);
  for (auto waited = std::chrono::milliseconds(0);; waited += kPause) {
    std::string mode;
    const auto switched = query("PRAGMA journal_mode = WAL", {}, [&mode](const SqliteRow& row) {
      mode = row.text(0);
      return ok();
    });
    if (switched && mode == "wal") return ok();
    if (switched) {
      return Error{ErrorId::kControlPlaneDiskUnsuitable, "the disk of the home cannot hold a control plane",
                   file_.string(),
                   "its file system has no shared memory for a write-ahead log; network file systems often lack it",
                   "put the home on a local disk: " + step(Step::kChooseHome)};
    }
    if (switched.error().kind() != ErrorKind::kBusy || waited >= patience_) return switched.error();
    std::this_thread::sleep_for(kPause);
  }
}

Result<void> SqliteDatabase::execute(std::string_view sql) {
  const std::string text(sql);
  const int code = sqlite3_exec(handle_.get(), text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return ok();
}

Result<void> SqliteDatabase::run(std::string_view sql, SqliteValues values) {
  APPORTION_ASSIGN(auto statement, SqliteStatement::prepare(*this, sql));
  return statement.run(values);
}

Result<void> SqliteDatabase::query(std::string_view sql, SqliteValues values, const Visit& visit) {
  APPORTION_ASSIGN(auto statement, SqliteStatement::prepare(*this, sql));
  return statement.query(values, visit);
}

Result<std::optional<std::int64_t>> SqliteDatabase::query_integer(std::string_view sql, SqliteValues values) {
  std::optional<std::int64_t> first;
  APPORTION_TRY(query(sql, values, [&first](const SqliteRow& row) {
    if (!first && !row.is_null(0)) first = row.integer(0);
    return ok();
  }));
  return first;
}

Result<void> SqliteDatabase::copy_to(const std::filesystem::path& file) {
  constexpr int kAllPages = -1;
  APPORTION_ASSIGN(const SqliteDatabase copy, open(file, {.create = true}));
  sqlite3_backup* backup = sqlite3_backup_init(copy.handle_.get(), "main", handle_.get(), "main");
  if (backup == nullptr) return copy.error(sqlite3_errcode(copy.handle_.get()));
  const int stepped = sqlite3_backup_step(backup, kAllPages);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped == SQLITE_DONE && finished == SQLITE_OK) return ok();
  return copy.error(stepped == SQLITE_DONE ? finished : stepped);
}

bool SqliteDatabase::is_writing() const { return sqlite3_txn_state(handle_.get(), nullptr) == SQLITE_TXN_WRITE; }

std::int64_t SqliteDatabase::changed_rows() const { return sqlite3_changes64(handle_.get()); }

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<SqliteStatement> SqliteStatement::prepare(SqliteDatabase& database, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(database.handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  if (code != SQLITE_OK) return database.error(code);
  return SqliteStatement(database, std::unique_ptr<sqlite3_stmt, Finalize>(raw));
}

Result<void> SqliteStatement::bind(SqliteValues values) {
  APPORTION_CHECK(static_cast<int>(values.size()) == sqlite3_bind_parameter_count(statement_.get()),
                  "a statement takes as many values as it has parameters");
  int position = 0;
  for (const SqliteValue& value : values) {
    ++position;
    int code = SQLITE_OK;
    if (const auto* integer = std::get_if<std::int64_t>(&value.get())) {
      code = sqlite3_bind_int64(statement_.get(), position, *integer);
    } else if (const auto* text = std::get_if<std::string_view>(&value.get())) {
      const char* start = text->data() == nullptr ? "" : text->data();
      code = sqlite3_bind_text64(statement_.get(), position, start, text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else {
      code = sqlite3_bind_null(statement_.get(), position);
    }
    if (code != SQLITE_OK) return database_->error(code);
  }
  return ok();
}

Result<void> SqliteStatement::step_through(const SqliteDatabase::Visit& visit) {
  for (;;) {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_DONE) return ok();
    if (code != SQLITE_ROW) return database_->error(code);
    APPORTION_TRY(visit(SqliteRow(statement_.get())));
  }
}

Result<void> SqliteStatement::run(SqliteValues values) {
  return query(values, [](const SqliteRow&) { return ok(); });
}

Result<void> SqliteStatement::query(SqliteValues values, const SqliteDatabase::Visit& visit) {
  APPORTION_TRY(bind(values));
  auto done = step_through(visit);
  sqlite3_reset(statement_.get());  // repeats the error of the step, which is told already
  sqlite3_clear_bindings(statement_.get());
  return done;
}

Result<SqliteTransaction> SqliteTransaction::begin(SqliteDatabase& database, std::string_view statement) {
  const bool nested = sqlite3_get_autocommit(database.handle_.get()) == 0;
  APPORTION_TRY(database.execute(nested ? "SAVEPOINT part" : statement));
  return SqliteTransaction(database, nested);
}

Result<SqliteTransaction> SqliteTransaction::begin_write(SqliteDatabase& database) {
  return begin(database, "BEGIN IMMEDIATE");
}

Result<SqliteTransaction> SqliteTransaction::begin_read(SqliteDatabase& database) { return begin(database, "BEGIN"); }

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), nested_(other.nested_) {}

Result<void> SqliteTransaction::commit() {
  APPORTION_TRY(database_->execute(nested_ ? "RELEASE part" : "COMMIT"));
  database_ = nullptr;
  return ok();
}

SqliteTransaction::~SqliteTransaction() {
  if (database_ == nullptr) return;
  const bool ended_by_sqlite = sqlite3_get_autocommit(database_->handle_.get()) != 0;
  if (ended_by_sqlite) return;
  const char* undo = nested_ ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK";
  sqlite3_exec(database_->handle_.get(), undo, nullptr, nullptr, nullptr);
}

}  // namespace apportion
