#include "engine/engine.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

#include <duckdb.h>
#include <fmt/format.h>

#include "engine/duckdb/deadline.h"
#include "engine/duckdb/failure.h"
#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

duckdb_hugeint to_hugeint(Int128 value) {
  return {static_cast<std::uint64_t>(static_cast<UInt128>(value)), static_cast<std::int64_t>(value >> 64)};
}

Int128 from_hugeint(duckdb_hugeint value) {
  return static_cast<Int128>((static_cast<UInt128>(static_cast<std::uint64_t>(value.upper)) << 64) | value.lower);
}

Int128 power_of_ten(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

struct ChunkDeleter {
  void operator()(duckdb_data_chunk chunk) const { duckdb_destroy_data_chunk(&chunk); }
};
using Chunk = std::unique_ptr<std::remove_pointer_t<duckdb_data_chunk>, ChunkDeleter>;

class LogicalType {
 public:
  explicit LogicalType(duckdb_logical_type type) : type_(type) {}
  LogicalType(const LogicalType&) = delete;
  LogicalType& operator=(const LogicalType&) = delete;
  ~LogicalType() { duckdb_destroy_logical_type(&type_); }
  duckdb_logical_type get() const { return type_; }

 private:
  duckdb_logical_type type_;
};

class Prepared {
 public:
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() { duckdb_destroy_prepare(&statement_); }
  duckdb_prepared_statement* address() { return &statement_; }
  duckdb_prepared_statement get() const { return statement_; }

 private:
  duckdb_prepared_statement statement_ = nullptr;
};

class QueryResult {
 public:
  QueryResult() = default;
  QueryResult(const QueryResult&) = delete;
  QueryResult& operator=(const QueryResult&) = delete;
  ~QueryResult() { duckdb_destroy_result(&result_); }
  duckdb_result* address() { return &result_; }
  duckdb_result get() const { return result_; }

 private:
  duckdb_result result_{};
};

EngineType engine_type(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_VARCHAR: return EngineType::kText;
    case DUCKDB_TYPE_DATE: return EngineType::kDay;
    case DUCKDB_TYPE_DECIMAL: return EngineType::kDecimal;
    case DUCKDB_TYPE_BOOLEAN: return EngineType::kBoolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT: return EngineType::kInteger;
    default: break;
  }
  stop_on_bug("engine_type", "a statement returns a type that the engine seam does not carry; cast it in the SQL",
              __FILE__, __LINE__);
}

// How one column of a chunk is read.
struct ColumnReader {
  void* data = nullptr;
  std::uint64_t* validity = nullptr;
  duckdb_type type = DUCKDB_TYPE_INVALID;
  duckdb_type storage = DUCKDB_TYPE_INVALID;  // of a decimal
  int scale = 0;
};

class ChunkRow final : public EngineRow {
 public:
  void point_at(duckdb_data_chunk chunk) {
    columns_.resize(duckdb_data_chunk_get_column_count(chunk));
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
      ColumnReader& column = columns_[i];
      column.data = duckdb_vector_get_data(vector);
      column.validity = duckdb_vector_get_validity(vector);
      if (column.type == DUCKDB_TYPE_INVALID) describe(column, vector);
    }
  }
  void move_to(std::size_t row) { row_ = row; }

  bool is_null(std::size_t column) const override {
    const auto* validity = columns_[column].validity;
    return validity != nullptr && (validity[row_ / 64] >> (row_ % 64) & 1) == 0;
  }

  std::string_view text(std::size_t column) const override {
    APPORTION_CHECK(columns_[column].type == DUCKDB_TYPE_VARCHAR, "text() of a column that is no VARCHAR");
    auto* value = static_cast<duckdb_string_t*>(columns_[column].data) + row_;
    return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
  }

  std::int64_t integer(std::size_t column) const override {
    const Int128 value = number(columns_[column], columns_[column].type);
    APPORTION_CHECK(value == static_cast<std::int64_t>(value), "an integer of the engine does not fit in 64 bits");
    return static_cast<std::int64_t>(value);
  }

  Decimal decimal(std::size_t column) const override {
    const ColumnReader& reader = columns_[column];
    const bool is_decimal = reader.type == DUCKDB_TYPE_DECIMAL;
    const Int128 value = number(reader, is_decimal ? reader.storage : reader.type);
    const int scale = is_decimal ? reader.scale : 0;
    APPORTION_CHECK(scale <= Decimal::kScale, "a decimal of the engine has more than 18 digits after the point");
    return Decimal::from_units(value * power_of_ten(Decimal::kScale - scale));
  }

  Day day(std::size_t column) const override {
    APPORTION_CHECK(columns_[column].type == DUCKDB_TYPE_DATE, "day() of a column that is no DATE");
    return Day(static_cast<duckdb_date*>(columns_[column].data)[row_].days);
  }

 private:
  static void describe(ColumnReader& column, duckdb_vector vector) {
    const LogicalType type(duckdb_vector_get_column_type(vector));
    column.type = duckdb_get_type_id(type.get());
    if (column.type == DUCKDB_TYPE_DECIMAL) {
      column.storage = duckdb_decimal_internal_type(type.get());
      column.scale = duckdb_decimal_scale(type.get());
    }
  }

  template <class T>
  T cell(const ColumnReader& reader) const {
    return static_cast<const T*>(reader.data)[row_];
  }

  Int128 number(const ColumnReader& reader, duckdb_type storage) const {
    switch (storage) {
      case DUCKDB_TYPE_BOOLEAN: return cell<bool>(reader) ? 1 : 0;
      case DUCKDB_TYPE_TINYINT: return cell<std::int8_t>(reader);
      case DUCKDB_TYPE_SMALLINT: return cell<std::int16_t>(reader);
      case DUCKDB_TYPE_INTEGER: return cell<std::int32_t>(reader);
      case DUCKDB_TYPE_UINTEGER: return cell<std::uint32_t>(reader);
      case DUCKDB_TYPE_BIGINT: return cell<std::int64_t>(reader);
      case DUCKDB_TYPE_UBIGINT: return cell<std::uint64_t>(reader);
      case DUCKDB_TYPE_HUGEINT: return from_hugeint(cell<duckdb_hugeint>(reader));
      default: stop_on_bug("number", "a number was asked of a column that holds none", __FILE__, __LINE__);
    }
  }

  std::vector<ColumnReader> columns_;
  std::size_t row_ = 0;
};

duckdb_state bind_value(duckdb_prepared_statement statement, idx_t index, const EngineValue& value) {
  return std::visit(
      [&](const auto& held) {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return duckdb_bind_null(statement, index);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return duckdb_bind_varchar_length(statement, index, held.data(), held.size());
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          return duckdb_bind_int64(statement, index, held);
        } else if constexpr (std::is_same_v<T, Decimal>) {
          return duckdb_bind_decimal(statement, index, {38, Decimal::kScale, to_hugeint(held.units())});
        } else {
          return duckdb_bind_date(statement, index, {held.days_since_epoch()});
        }
      },
      value);
}

std::string list_of_paths(std::span<const std::filesystem::path> files) {
  std::string paths;
  for (const auto& file : files) paths += (paths.empty() ? "" : ", ") + sql_literal(file.string());
  return paths;
}

class DuckdbDialect final : public Dialect {
 public:
  // Without its lowest bit it fits in a BIGINT, and hashes keep their order.
  std::string hash_of(std::string_view values) const override {
    return fmt::format("CAST(hash({}) >> 1 AS BIGINT)", values);
  }
  std::string compact_json(std::string_view text, std::string_view otherwise) const override {
    return fmt::format("CASE WHEN json_valid({0}) THEN CAST(json({0}) AS VARCHAR) ELSE {1} END", text, otherwise);
  }
  std::string json_text_at(std::string_view text, std::string_view pointer) const override {
    return fmt::format("CASE WHEN json_valid({0}) THEN json_extract_string({0}, CAST({1} AS VARCHAR)) END", text,
                       pointer);
  }
};

}  // namespace

class EngineDatabase::Handle {
 public:
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { duckdb_close(&database); }

  duckdb_database database = nullptr;
  std::chrono::milliseconds deadline{0};
};

// One connection.
class Engine::Session {
 public:
  explicit Session(std::shared_ptr<EngineDatabase::Handle> of)
      : database(std::move(of)), allowance(database->deadline) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { duckdb_disconnect(&connection); }

  // Notes what kind of failure it was, and returns it as an error.
  Error fail(duckdb_error_type code, const char* message, const Deadline* deadline = nullptr) {
    const std::string_view text = message == nullptr ? "unknown" : message;
    const EngineFailure kind = failure_kind(code, text);
    const bool is_late = kind == EngineFailure::kInterrupted && deadline != nullptr && deadline->is_over();
    last_failure = is_late ? EngineFailure::kDeadline : kind;
    return engine_error(last_failure, text);
  }

  Error fail(QueryResult& result, const Deadline& deadline) {
    return fail(duckdb_result_error_type(result.address()), duckdb_result_error(result.address()), &deadline);
  }

  Error fail_to_append(duckdb_appender appender) {
    duckdb_error_data data = duckdb_appender_error_data(appender);
    Error error = fail(duckdb_error_data_error_type(data), duckdb_error_data_message(data));
    duckdb_destroy_error_data(&data);
    return error;
  }

  Result<void> prepare(std::string_view sql, Prepared& statement) {
    const std::string text(sql);
    if (duckdb_prepare(connection, text.c_str(), statement.address()) == DuckDBSuccess) return ok();
    return fail(code_of_failed_prepare(text), duckdb_prepare_error(statement.get()));
  }

  Result<void> prepare(std::string_view sql, std::span<const EngineValue> values, Prepared& statement) {
    APPORTION_TRY(prepare(sql, statement));
    APPORTION_CHECK(duckdb_nparams(statement.get()) == values.size(), "a statement and its values do not fit");
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (bind_value(statement.get(), i + 1, values[i]) == DuckDBError)
        return fail(DUCKDB_ERROR_INVALID, "a value could not be bound");
    }
    return ok();
  }

  // A statement that could not be prepared has a text but no code; the same in SQL has both.
  duckdb_error_type code_of_failed_prepare(const std::string& sql) {
    QueryResult result;
    const std::string again = "PREPARE apportion_failed AS " + sql;
    if (duckdb_query(connection, again.c_str(), result.address()) == DuckDBError) {
      return duckdb_result_error_type(result.address());
    }
    duckdb_query(connection, "DEALLOCATE apportion_failed", nullptr);
    return DUCKDB_ERROR_INVALID;
  }

  std::shared_ptr<EngineDatabase::Handle> database;
  duckdb_connection connection = nullptr;
  std::chrono::milliseconds allowance;  // of a statement
  EngineFailure last_failure = EngineFailure::kOther;
  bool has_executed = false;  // else there is nothing of this connection that could be dropped
};

Engine::Engine(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

EngineDatabase::EngineDatabase(std::shared_ptr<Handle> handle) : handle_(std::move(handle)) {}

namespace {

// As many as wanted, but each has buffers of its own: more than the memory is enough for would make it run out.
int threads_of(const EngineOptions& options) {
  constexpr std::int64_t kBytesPerThread = std::int64_t{64} << 20;
  const int wanted = options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
  return static_cast<int>(std::clamp<std::int64_t>(options.memory_bytes_max / kBytesPerThread, 1, std::max(wanted, 1)));
}

}  // namespace

Result<EngineDatabase> EngineDatabase::open(const EngineOptions& options) {
  auto handle = std::make_shared<Handle>();
  handle->deadline = options.deadline;
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  const int threads = threads_of(options);
  const std::array<std::pair<const char*, std::string>, 7> settings{{
      {"memory_limit", fmt::format("{}MiB", options.memory_bytes_max >> 20)},
      {"threads", std::to_string(threads)},
      {"temp_directory", options.temporary_folder.string()},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"preserve_insertion_order", options.keep_order ? "true" : "false"},
      {"disabled_optimizers", "build_side_probe_side"},  // it would hold all charges in memory: ADR 0059
  }};
  for (const auto& [name, value] : settings) duckdb_set_config(config, name, value.c_str());
  char* failure = nullptr;
  const duckdb_state opened = duckdb_open_ext(":memory:", &handle->database, config, &failure);
  duckdb_destroy_config(&config);
  if (opened == DuckDBError) {
    Error error = engine_error(EngineFailure::kOther, failure == nullptr ? "it did not start" : failure);
    duckdb_free(failure);
    return error;
  }
  return EngineDatabase(std::move(handle));
}

Result<Engine> Engine::open(const EngineOptions& options) {
  APPORTION_ASSIGN(const EngineDatabase database, EngineDatabase::open(options));
  return open(database);
}

Result<Engine> Engine::open(const EngineDatabase& database) {
  auto session = std::make_unique<Session>(database.handle_);
  if (duckdb_connect(database.handle_->database, &session->connection) == DuckDBError)
    return engine_error(EngineFailure::kOther, "it did not connect");
  // Instants become text and days in UTC, wherever the computer stands. An engine without time zones does so anyway.
  duckdb_query(session->connection, "SET TimeZone = 'UTC'", nullptr);
  return Engine(std::move(session));
}

Result<void> Engine::execute(std::string_view sql) {
  session_->has_executed = true;
  const Deadline deadline(session_->connection, session_->allowance);
  QueryResult result;
  const std::string text(sql);
  if (duckdb_query(session_->connection, text.c_str(), result.address()) == DuckDBError) {
    return session_->fail(result, deadline);
  }
  return ok();
}

Result<void> Engine::execute(std::string_view sql, std::span<const EngineValue> values) {
  return query(sql, values, [](const EngineRow&) { return ok(); });
}

Result<std::int64_t> Engine::execute_counting(std::string_view sql, std::span<const EngineValue> values) {
  const Deadline deadline(session_->connection, session_->allowance);
  Prepared statement;
  APPORTION_TRY(session_->prepare(sql, values, statement));
  QueryResult result;
  if (duckdb_execute_prepared(statement.get(), result.address()) == DuckDBError) {
    return session_->fail(result, deadline);
  }
  return static_cast<std::int64_t>(duckdb_rows_changed(result.address()));
}

void Engine::interrupt() { duckdb_interrupt(session_->connection); }

EngineFailure Engine::last_failure() const { return session_->last_failure; }

namespace {

// Rows of a statement that is run as they are asked for.
class StreamedRows final : public EngineCursor::Rows {
 public:
  explicit StreamedRows(Engine::Session& of) : session(of), deadline(std::in_place, of.connection, of.allowance) {}

  Result<std::size_t> next(const RowVisitor& visit) override {
    if (at_end_) return std::size_t{0};
    const Chunk chunk{duckdb_fetch_chunk(result.get())};
    if (duckdb_result_error(result.address()) != nullptr) return fail();
    if (chunk == nullptr) {
      at_end_ = true;
      deadline.reset();
      return std::size_t{0};
    }
    const idx_t count = duckdb_data_chunk_get_size(chunk.get());
    row_.point_at(chunk.get());
    for (idx_t i = 0; i < count; ++i) {
      row_.move_to(i);
      APPORTION_TRY(visit(row_));
    }
    return static_cast<std::size_t>(count);
  }

  Error fail() { return session.fail(result, *deadline); }

  Engine::Session& session;
  Prepared statement;
  QueryResult result;
  std::optional<Deadline> deadline;  // of the whole statement, until its end

 private:
  ChunkRow row_;
  bool at_end_ = false;  // the engine fails when it is asked again
};

}  // namespace

Result<EngineCursor> Engine::open_cursor(std::string_view sql, std::span<const EngineValue> values) {
  auto rows = std::make_unique<StreamedRows>(*session_);
  APPORTION_TRY(session_->prepare(sql, values, rows->statement));
  duckdb_pending_result pending = nullptr;
  const duckdb_state started = duckdb_pending_prepared_streaming(rows->statement.get(), &pending);
  const duckdb_state done =
      started == DuckDBError ? DuckDBError : duckdb_execute_pending(pending, rows->result.address());
  if (done == DuckDBError && duckdb_result_error(rows->result.address()) == nullptr) {
    // It did not even start, which leaves no result: the text alone is there.
    Error error = session_->fail(DUCKDB_ERROR_INVALID, duckdb_pending_error(pending), &*rows->deadline);
    duckdb_destroy_pending(&pending);
    return error;
  }
  duckdb_destroy_pending(&pending);
  if (done == DuckDBError) return rows->fail();
  return EngineCursor(std::move(rows));
}

Result<std::vector<EngineColumn>> Engine::describe(std::string_view sql) {
  Prepared statement;
  APPORTION_TRY(session_->prepare(sql, statement));
  std::vector<EngineColumn> columns;
  for (idx_t i = 0; i < duckdb_prepared_statement_column_count(statement.get()); ++i) {
    const char* name = duckdb_prepared_statement_column_name(statement.get(), i);
    columns.push_back({name, engine_type(duckdb_prepared_statement_column_type(statement.get(), i))});
    duckdb_free(const_cast<char*>(name));
  }
  return columns;
}

Result<std::vector<std::string>> Engine::column_names(std::string_view relation) {
  std::vector<std::string> names;
  const std::vector<EngineValue> values{std::string(relation)};
  APPORTION_TRY(query("SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", values,
                      [&names](const EngineRow& row) {
                        names.emplace_back(row.text(0));
                        return ok();
                      }));
  return names;
}

Result<void> Engine::make_table(std::string_view name, std::string_view columns) {
  return execute(fmt::format("CREATE OR REPLACE TEMP TABLE {} ({})", sql_identifier(name), columns));
}

Result<void> Engine::make_table_of(std::string_view name, std::string_view select) {
  return execute(fmt::format("CREATE OR REPLACE TEMP TABLE {} AS\n{}", sql_identifier(name), select));
}

Result<void> Engine::insert_rows(std::string_view table, std::string_view select) {
  return execute(fmt::format("INSERT INTO {}\n{}", sql_identifier(table), select));
}

Result<void> Engine::make_view(std::string_view name, std::string_view select) {
  return execute(fmt::format("CREATE OR REPLACE TEMP VIEW {} AS\n{}", sql_identifier(name), select));
}

std::string Engine::rows_of_parquet(std::span<const std::filesystem::path> files) const {
  APPORTION_CHECK(!files.empty(), "rows of no files");
  return fmt::format("read_parquet([{}], hive_partitioning = false)", list_of_paths(files));
}

Result<void> Engine::rename_table(std::string_view name, std::string_view new_name) {
  return execute(fmt::format("ALTER TABLE {} RENAME TO {}", sql_identifier(name), sql_identifier(new_name)));
}

Result<void> Engine::rename_view(std::string_view name, std::string_view new_name) {
  return execute(fmt::format("ALTER VIEW {} RENAME TO {}", sql_identifier(name), sql_identifier(new_name)));
}

Result<void> Engine::drop_table(std::string_view name) {
  if (!session_->has_executed) return ok();
  return execute(fmt::format("DROP TABLE IF EXISTS {}", sql_identifier(name)));
}

Result<void> Engine::drop_view(std::string_view name) {
  if (!session_->has_executed) return ok();
  return execute(fmt::format("DROP VIEW IF EXISTS {}", sql_identifier(name)));
}

namespace {

std::string_view options_of(ParquetPacking packing) {
  switch (packing) {
    case ParquetPacking::kSmall: return "COMPRESSION zstd";
    case ParquetPacking::kSearched: return "COMPRESSION zstd, ROW_GROUP_SIZE 8192";
    case ParquetPacking::kQuick: return "PARQUET_VERSION v2, COMPRESSION uncompressed";
  }
  return "";
}

}  // namespace

Result<std::int64_t> Engine::write_parquet(std::string_view select, std::span<const EngineValue> values,
                                           const std::filesystem::path& path, ParquetPacking packing) {
  return execute_counting(
      fmt::format("COPY (\n{}\n) TO {} (FORMAT parquet, {})", select, sql_literal(path.string()), options_of(packing)),
      values);
}

Result<void> Engine::write_parquet_of_json(const std::filesystem::path& lines,
                                           std::span<const std::pair<std::string_view, std::string_view>> columns,
                                           const std::filesystem::path& path) {
  std::string types;
  for (const auto& [name, type] : columns) types += fmt::format("{}: {}, ", sql_literal(name), sql_literal(type));
  return execute(fmt::format(
      "COPY (SELECT * FROM read_json({}, format = 'newline_delimited', columns = {{{}}})) TO {} (FORMAT parquet)",
      sql_literal(lines.string()), types, sql_literal(path.string())));
}

Result<void> Engine::lock_down(std::span<const std::filesystem::path> readable_files) {
  APPORTION_TRY(execute(fmt::format("SET allowed_paths = [{}]", list_of_paths(readable_files))));
  APPORTION_TRY(execute("SET enable_external_access = false"));
  return execute("SET lock_configuration = true");
}

namespace {

class AppendedRows final : public TableAppender::Rows {
 public:
  explicit AppendedRows(Engine::Session& of) : session_(of) {}
  ~AppendedRows() override {
    if (appender_ != nullptr) duckdb_appender_destroy(&appender_);
  }

  Result<void> open(const std::string& table) {
    if (duckdb_appender_create(session_.connection, nullptr, table.c_str(), &appender_) == DuckDBSuccess) return ok();
    return session_.fail_to_append(appender_);
  }

  void null() override { note(duckdb_append_null(appender_)); }
  void text(std::string_view value) override {
    note(duckdb_append_varchar_length(appender_, value.data(), value.size()));
  }
  void integer(std::int64_t value) override { note(duckdb_append_int64(appender_, value)); }
  void decimal(Decimal value) override {
    duckdb_value held = duckdb_create_decimal({38, Decimal::kScale, to_hugeint(value.units())});
    note(duckdb_append_value(appender_, held));
    duckdb_destroy_value(&held);
  }
  void day(Day value) override { note(duckdb_append_date(appender_, {value.days_since_epoch()})); }
  void end_row() override { note(duckdb_appender_end_row(appender_)); }

  Result<void> finish() override {
    note(duckdb_appender_flush(appender_));
    if (state_ == DuckDBSuccess) return ok();
    return session_.fail_to_append(appender_);
  }

 private:
  void note(duckdb_state outcome) {
    if (outcome == DuckDBError) state_ = DuckDBError;
  }

  Engine::Session& session_;
  duckdb_appender appender_ = nullptr;
  duckdb_state state_ = DuckDBSuccess;
};

}  // namespace

Result<TableAppender> Engine::append_to(std::string_view table) {
  auto rows = std::make_unique<AppendedRows>(*session_);
  APPORTION_TRY(rows->open(std::string(table)));
  return TableAppender(std::move(rows));
}

const Dialect& Engine::dialect() const {
  static const DuckdbDialect dialect;
  return dialect;
}

std::string engine_version() { return duckdb_library_version(); }

}  // namespace apportion
