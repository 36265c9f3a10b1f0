/// SQLite behind Results. Internal to `store`: the control plane is its only user.
///
/// Values are always bound. One SqliteDatabase per thread; statements and transactions must not outlive their database.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "foundation/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace apportion {

/// A value to bind. Text is referred to, not copied: it must live until the call that takes it returns.
class SqliteValue {
 public:
  SqliteValue(std::int64_t value) : value_(value) {}                          // NOLINT(google-explicit-constructor)
  SqliteValue(bool value) : value_(std::int64_t{value}) {}                    // NOLINT(google-explicit-constructor)
  SqliteValue(const char* value) : value_(std::string_view(value)) {}         // NOLINT(google-explicit-constructor)
  SqliteValue(std::string_view value) : value_(value) {}                      // NOLINT(google-explicit-constructor)
  SqliteValue(const std::string& value) : value_(std::string_view(value)) {}  // NOLINT(google-explicit-constructor)
  SqliteValue(const std::optional<std::string>& value) {                      // NOLINT(google-explicit-constructor)
    if (value) value_ = std::string_view(*value);
  }
  SqliteValue(std::optional<std::int64_t> value) {  // NOLINT(google-explicit-constructor)
    if (value) value_ = *value;
  }

  const std::variant<std::monostate, std::int64_t, std::string_view>& get() const { return value_; }

 private:
  std::variant<std::monostate, std::int64_t, std::string_view> value_;
};

using SqliteValues = std::initializer_list<SqliteValue>;

/// The current row of a statement, columns by position. Valid during the call that passes it.
class SqliteRow {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  std::string column_name(int column) const;

 private:
  sqlite3_stmt* statement_;  // not owned
};

struct SqliteOptions {
  bool create = false;
  std::chrono::milliseconds busy_timeout = std::chrono::seconds(10);  ///< How long to wait for another writer.
};

/// An open database file, synchronous=FULL, foreign keys and recursive triggers on. Its SQL has additional functions:
/// `sha256(text)`, the hash of the text's bytes as lower-case hex, and those that hash rows (row_hashes_internal.h).
class SqliteDatabase {
 public:
  using Visit = std::function<Result<void>(const SqliteRow&)>;

  static Result<SqliteDatabase> open(const std::filesystem::path& file, const SqliteOptions& options);
  /// Switches the file to a write-ahead log (for good), so that readers and a writer do not wait for one another.
  Result<void> use_write_ahead_log();

  /// Runs statements that take no values, and drops their rows.
  Result<void> execute(std::string_view sql);
  /// Runs one statement; its rows are dropped.
  Result<void> run(std::string_view sql, SqliteValues values = {});
  /// Runs one statement and passes its rows to `visit`; stops when it fails, and returns its error.
  Result<void> query(std::string_view sql, SqliteValues values, const Visit& visit);
  /// The first column of the first row; nothing if there is no row or it is null.
  Result<std::optional<std::int64_t>> query_integer(std::string_view sql, SqliteValues values = {});

  /// Writes all of it to a new file, as of one moment; others may read and write meanwhile.
  Result<void> copy_to(const std::filesystem::path& file);

  const std::filesystem::path& file() const { return file_; }
  /// Whether a transaction of this connection has changed the file, and has not ended.
  bool is_writing() const;

  /// The number of rows that the last statement changed.
  std::int64_t changed_rows() const;
  /// An error for a result code of SQLite.
  Error error(int code) const;

 private:
  friend class SqliteStatement;
  friend class SqliteTransaction;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  SqliteDatabase(std::unique_ptr<sqlite3, Close> handle, std::filesystem::path file, std::chrono::milliseconds patience)
      : handle_(std::move(handle)), file_(std::move(file)), patience_(patience) {}

  std::unique_ptr<sqlite3, Close> handle_;
  std::filesystem::path file_;
  std::chrono::milliseconds patience_;
};

/// A prepared statement, for the ones that run many times.
class SqliteStatement {
 public:
  static Result<SqliteStatement> prepare(SqliteDatabase& database, std::string_view sql);
  Result<void> run(SqliteValues values);
  Result<void> query(SqliteValues values, const SqliteDatabase::Visit& visit);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  SqliteStatement(SqliteDatabase& database, std::unique_ptr<sqlite3_stmt, Finalize> statement)
      : database_(&database), statement_(std::move(statement)) {}
  Result<void> bind(SqliteValues values);
  Result<void> step_through(const SqliteDatabase::Visit& visit);

  SqliteDatabase* database_;  // not owned
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A transaction. `commit` may fail and must be called; the destructor only undoes. Inside another transaction it is
/// nested: its `commit` takes effect with the outer one's, and undoing it leaves the outer one as it was.
class SqliteTransaction {
 public:
  /// Takes the right to write at once, so that no later step fails for lack of it.
  static Result<SqliteTransaction> begin_write(SqliteDatabase& database);
  /// All reads see one state until it ends.
  static Result<SqliteTransaction> begin_read(SqliteDatabase& database);
  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();

  Result<void> commit();

 private:
  static Result<SqliteTransaction> begin(SqliteDatabase& database, std::string_view statement);
  SqliteTransaction(SqliteDatabase& database, bool nested) : database_(&database), nested_(nested) {}
  SqliteDatabase* database_;  // not owned; null once committed or moved from
  bool nested_;
};

}  // namespace apportion
