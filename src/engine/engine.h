/// Engine: the embedded columnar engine (DuckDB, through its C API), behind a seam narrow enough to change it.
///
/// SQL comes from `.sql` files; values are bound. Amounts come back as exact Decimals. The engine adds, compares and
/// joins; it never divides or rounds money. One Engine may be used by one thread at a time; the engine itself works in
/// parallel.
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
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/money/decimal.h"

namespace apportion {

struct EngineOptions {
  std::int64_t memory_bytes_max = std::int64_t{2} << 30;
  int threads = 0;                           ///< 0: one a processor.
  std::filesystem::path temporary_folder{};  ///< Where it may spill; empty: it must not.
  bool keep_order = false;                   ///< Rows of a file come in the order of the file.
  std::chrono::milliseconds deadline{0};     ///< A statement takes at most this long, its rows visited; 0: no limit.
};

/// What kind of thing stopped a statement, beside the text of its error.
enum class EngineFailure {
  kOutOfMemory,   ///< More memory than allowed, and no room to spill.
  kInterrupted,   ///< `Engine::interrupt` was called.
  kTooManyFiles,  ///< The limit of open files is reached.
  kDeadline,      ///< It took longer than `EngineOptions::deadline`.
  kDiskFull,      ///< No space left to write to.
  kIo,            ///< A file is missing, or cannot be read or written.
  kBadFile,       ///< A file is not what it should be: cut off, or no Parquet.
  kOther,         ///< The statement itself: a name that does not exist, a text that is no number, an overflow.
};

/// A value to bind to a `?` or `$n` of a statement.
using EngineValue = std::variant<std::monostate, std::string, std::int64_t, Decimal, Day>;

enum class EngineType { kText, kInteger, kDecimal, kDay, kBoolean };

/// One row of a result, valid during the call that hands it out.
class EngineRow {
 public:
  virtual ~EngineRow() = default;
  virtual bool is_null(std::size_t column) const = 0;
  virtual std::string_view text(std::size_t column) const = 0;  ///< VARCHAR columns only.
  virtual std::int64_t integer(std::size_t column) const = 0;   ///< Integer columns of any width; 0 or 1 for BOOLEAN.
  virtual Decimal decimal(std::size_t column) const = 0;        ///< DECIMAL and integer columns, rescaled exactly.
  virtual Day day(std::size_t column) const = 0;                ///< DATE columns only.
};

struct EngineColumn {
  std::string name;
  EngineType type;
};

class TableAppender;

/// A result that is read piece by piece. Keeps its engine busy: one cursor at a time, and the engine must outlive it.
class EngineCursor {
 public:
  EngineCursor(EngineCursor&&) noexcept;
  ~EngineCursor();

  /// Hands out the next rows (some thousands at most); returns how many there were, 0 at the end.
  Result<std::size_t> next(const std::function<Result<void>(const EngineRow&)>& visit);

 private:
  friend class Engine;
  class Rows;
  explicit EngineCursor(std::unique_ptr<Rows> rows);
  std::unique_ptr<Rows> rows_;
};

/// A database of the engine in memory, shared by engines: its memory, threads and spill folder are theirs together.
/// Copies are the same database, which goes with the last copy and the last engine. Usable from any thread.
class EngineDatabase {
 public:
  static Result<EngineDatabase> open(const EngineOptions& options);

 private:
  friend class Engine;
  class Handle;
  explicit EngineDatabase(std::shared_ptr<Handle> handle);
  std::shared_ptr<Handle> handle_;
};

class Engine {
 public:
  /// An engine with a database of its own.
  static Result<Engine> open(const EngineOptions& options);
  /// An engine of a shared database, with the deadline of its options. What is TEMP is seen by this engine only; make
  /// nothing that is not.
  static Result<Engine> open(const EngineDatabase& database);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  /// Runs one or more statements without values and without a result.
  Result<void> execute(std::string_view sql);
  /// Runs one statement with bound values; its rows, if any, are dropped.
  Result<void> execute(std::string_view sql, std::span<const EngineValue> values);
  /// Runs one statement and hands out its rows in order; stops when `visit` fails, and returns that error.
  Result<void> query(std::string_view sql, std::span<const EngineValue> values,
                     const std::function<Result<void>(const EngineRow&)>& visit);
  /// Runs one statement with bound values and leaves its rows to be asked for.
  Result<EngineCursor> open_cursor(std::string_view sql, std::span<const EngineValue> values);
  /// The columns a statement would return.
  Result<std::vector<EngineColumn>> describe(std::string_view sql);
  /// The names of the columns of a table or view.
  Result<std::vector<std::string>> column_names(std::string_view relation);
  /// Rows written by a `COPY … TO` or changed by an `INSERT`.
  Result<std::int64_t> execute_counting(std::string_view sql, std::span<const EngineValue> values);

  /// Makes `name` a temporary view over Parquet files (absolute paths). No files: an empty relation with `columns` as
  /// `name type` pairs of SQL, e.g. `x_RowId BIGINT, CustomerId VARCHAR`.
  Result<void> view_over_parquet(std::string_view name, std::span<const std::filesystem::path> files,
                                 std::string_view columns);

  /// Stops the statement that runs; it fails with kInterrupted, and the engine stays usable. May be called from any
  /// thread while the engine is neither moved nor destroyed. Nothing runs: nothing happens, also when a statement is
  /// just about to begin; so whoever must stop it calls again until it has ended.
  void interrupt();
  /// The kind of the last failure of this engine or its cursor; kOther before the first.
  EngineFailure last_failure() const;

  /// Locks the database for good: statements may read these files (absolute paths) and no others, write none, attach
  /// and load nothing, and change no setting. Relations over the files that are there keep working. For a database of
  /// the engine's own.
  Result<void> lock_down(std::span<const std::filesystem::path> readable_files);

  /// Appends rows to a table quickly. The table must exist.
  Result<TableAppender> append_to(std::string_view table);

 private:
  friend class EngineCursor;
  friend class TableAppender;
  class Session;
  explicit Engine(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

/// Fills a table row by row, column by column. `finish` must be called: the destructor drops what was not finished.
class TableAppender {
 public:
  TableAppender(TableAppender&&) noexcept;
  ~TableAppender();

  TableAppender& null();
  TableAppender& text(std::string_view value);
  TableAppender& integer(std::int64_t value);
  TableAppender& decimal(Decimal value);
  TableAppender& day(Day value);
  /// Ends the row. Stops the program when the number of values is not that of the columns.
  TableAppender& end_row();
  Result<void> finish();

 private:
  friend class Engine;
  class Rows;
  explicit TableAppender(std::unique_ptr<Rows> rows);
  std::unique_ptr<Rows> rows_;
};

/// `text` as an SQL string literal: for the few places where the engine takes no bound value (paths of COPY and of
/// views).
std::string sql_literal(std::string_view text);
/// `name` as a quoted SQL identifier.
std::string sql_identifier(std::string_view name);

}  // namespace apportion
