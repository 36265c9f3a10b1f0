/// QueryEngine: answers questions about relations.
///
/// SQL comes from `.sql` files, in the subset that engines share (docs/adr/0029-the-engine-seam.md): SELECT, WITH, and
/// a `?` for each value, bound in the order of the text. Amounts come back as exact Decimals. An engine adds, compares
/// and joins; it never divides or rounds money. A QueryEngine may be used by one thread at a time; the engine itself
/// works in parallel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/dialect.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/money/decimal.h"

namespace apportion {

/// What kind of failure stopped a statement, in addition to the text of its error.
enum class EngineFailure {
  kOutOfMemory,   ///< More memory than allowed, and no room to spill.
  kInterrupted,   ///< `QueryEngine::interrupt` was called.
  kTooManyFiles,  ///< The limit of open files has been reached.
  kDeadline,      ///< It took longer than `EngineOptions::deadline`.
  kDiskFull,      ///< No space left to write to.
  kIo,            ///< A file is missing, or cannot be read or written.
  kBadFile,       ///< A file is not what it should be: truncated, or not Parquet.
  kOther,         ///< The statement itself: a name that does not exist, a text that is not a number, an overflow.
};

/// A value to bind to a `?` of a statement.
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

using RowVisitor = std::function<Result<void>(const EngineRow&)>;

struct EngineColumn {
  std::string name;
  EngineType type;
};

/// A result that is read in pieces. It keeps its engine busy: one cursor at a time, and the engine must outlive it.
class EngineCursor {
 public:
  /// What an engine implements.
  class Rows {
   public:
    Rows() = default;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    virtual ~Rows() = default;
    virtual Result<std::size_t> next(const RowVisitor& visit) = 0;
  };

  explicit EngineCursor(std::unique_ptr<Rows> rows) : rows_(std::move(rows)) {}

  /// Hands out the next rows (some thousands at most); returns how many there were, 0 at the end.
  Result<std::size_t> next(const RowVisitor& visit) { return rows_->next(visit); }

 private:
  std::unique_ptr<Rows> rows_;
};

class QueryEngine {
 public:
  virtual ~QueryEngine() = default;

  /// Runs one statement and hands out its rows in order; stops when `visit` fails, and returns that error.
  Result<void> query(std::string_view sql, std::span<const EngineValue> values, const RowVisitor& visit);
  /// Runs one statement with bound values; its rows are fetched afterwards.
  virtual Result<EngineCursor> open_cursor(std::string_view sql, std::span<const EngineValue> values) = 0;
  /// The columns a statement would return.
  virtual Result<std::vector<EngineColumn>> describe(std::string_view sql) = 0;
  /// The names of the columns of a table or view.
  virtual Result<std::vector<std::string>> column_names(std::string_view relation) = 0;

  /// Stops the running statement; it fails with kInterrupted, and the engine stays usable. May be called from any
  /// thread while the engine is neither moved nor destroyed. If nothing is running, nothing happens, even if a
  /// statement is about to begin; so a caller that must stop it calls again until it has ended.
  virtual void interrupt() = 0;
  /// The kind of the last failure of this engine or its cursor; kOther before the first.
  virtual EngineFailure last_failure() const = 0;

  /// The expressions that engines spell differently, as this engine spells them.
  virtual const Dialect& dialect() const = 0;

 protected:
  QueryEngine() = default;
  QueryEngine(const QueryEngine&) = default;
  QueryEngine& operator=(const QueryEngine&) = default;
};

/// `text` as an SQL string literal: for relations, whose statements take no bound values.
std::string sql_literal(std::string_view text);
/// `name` as a quoted SQL identifier.
std::string sql_identifier(std::string_view name);

}  // namespace apportion
