/// Workbench: a QueryEngine that also creates relations, stores rows and writes files: what computing a month needs.
///
/// What it creates is visible to this workbench only, and ends with it. A new relation replaces one of the same name; a
/// table cannot replace a view, nor a view a table. Columns are given as `name type` pairs of SQL, e.g. `x_RowId
/// BIGINT, CustomerId VARCHAR`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/query_engine.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/money/decimal.h"

namespace apportion {

/// Fills a table row by row, column by column. `finish` must be called: the destructor drops what was not finished.
class TableAppender {
 public:
  /// What an engine implements.
  class Rows {
   public:
    Rows() = default;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    virtual ~Rows() = default;
    virtual void null() = 0;
    virtual void text(std::string_view value) = 0;
    virtual void integer(std::int64_t value) = 0;
    virtual void decimal(Decimal value) = 0;
    virtual void day(Day value) = 0;
    virtual void end_row() = 0;
    virtual Result<void> finish() = 0;
  };

  explicit TableAppender(std::unique_ptr<Rows> rows) : rows_(std::move(rows)) {}

  TableAppender& null();
  TableAppender& text(std::string_view value);
  TableAppender& integer(std::int64_t value);
  TableAppender& decimal(Decimal value);
  TableAppender& day(Day value);
  /// Ends the row.
  TableAppender& end_row();
  /// Fails if a row did not have as many values as the table has columns, or a value did not fit.
  Result<void> finish();

 private:
  std::unique_ptr<Rows> rows_;
};

/// How the values of a Parquet file are encoded.
enum class ParquetPacking {
  kSmall,     ///< Compressed.
  kSearched,  ///< Compressed in many small groups of rows: for ordered rows of which questions want a few.
  kQuick,     ///< Not compressed, with ordered numbers stored as differences: for a few narrow columns that are read
              ///< often.
};

class Workbench : public QueryEngine {
 public:
  /// Creates an empty table.
  virtual Result<void> make_table(std::string_view name, std::string_view columns) = 0;
  /// Creates a table from the rows of a statement.
  virtual Result<void> make_table_of(std::string_view name, std::string_view select) = 0;
  /// Adds the rows of a statement to a table.
  virtual Result<void> insert_rows(std::string_view table, std::string_view select) = 0;
  /// Appends rows to a table quickly. The table must exist.
  virtual Result<TableAppender> append_to(std::string_view table) = 0;

  /// Creates a relation from a statement, which is run whenever the relation is read.
  virtual Result<void> make_view(std::string_view name, std::string_view select) = 0;
  /// Makes `name` a view over Parquet files (absolute paths). No files: an empty relation with `columns`.
  Result<void> view_over_parquet(std::string_view name, std::span<const std::filesystem::path> files,
                                 std::string_view columns);
  /// The rows of Parquet files (absolute paths), of which there must be at least one, as the text after FROM.
  virtual std::string rows_of_parquet(std::span<const std::filesystem::path> files) const = 0;

  virtual Result<void> rename_table(std::string_view name, std::string_view new_name) = 0;
  virtual Result<void> rename_view(std::string_view name, std::string_view new_name) = 0;
  /// Does nothing if it does not exist.
  virtual Result<void> drop_table(std::string_view name) = 0;
  virtual Result<void> drop_view(std::string_view name) = 0;

  /// Writes the rows of a statement to a Parquet file, and returns how many there are.
  virtual Result<std::int64_t> write_parquet(std::string_view select, std::span<const EngineValue> values,
                                             const std::filesystem::path& path,
                                             ParquetPacking packing = ParquetPacking::kSmall) = 0;

  /// Writes the records of a file of JSON lines to a Parquet file. `columns`: their names and types, which may also be
  /// STRUCT and MAP.
  virtual Result<void> write_parquet_of_json(const std::filesystem::path& lines,
                                             std::span<const std::pair<std::string_view, std::string_view>> columns,
                                             const std::filesystem::path& path) = 0;

  /// Locks the database permanently: statements may read these files (absolute paths) and no others, write none, attach
  /// and load nothing, and change no setting. Existing relations over the files keep working. Only for a database of
  /// the engine's own.
  virtual Result<void> lock_down(std::span<const std::filesystem::path> readable_files) = 0;
};

}  // namespace apportion
