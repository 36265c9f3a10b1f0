#include <array>

#include <duckdb.h>
#include <fmt/format.h>

#include "foundation/base/date.h"
#include "foundation/money/decimal.h"
#include "sample/part_writer.h"

namespace apportion::sample {
namespace {

enum class ParquetType { kText, kDecimal, kDate, kTimestamp };

struct TypeNames {
  const char* sql;
  duckdb_type type;
};
constexpr std::array<TypeNames, 4> kTypes{{{"VARCHAR", DUCKDB_TYPE_VARCHAR},
                                           {"DECIMAL(38,18)", DUCKDB_TYPE_DECIMAL},
                                           {"DATE", DUCKDB_TYPE_DATE},
                                           {"TIMESTAMP", DUCKDB_TYPE_TIMESTAMP}}};

ParquetType parquet_type(const FileColumn& column, const Dialect& dialect, bool focus_times) {
  if (dialect.has(Quirk::kTextColumns)) {
    return ParquetType::kText;
  }
  switch (column.kind) {
    case CellKind::kNumber: return ParquetType::kDecimal;
    case CellKind::kDate: return focus_times ? ParquetType::kTimestamp : ParquetType::kDate;
    default: return ParquetType::kText;
  }
}

std::string quoted_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char letter : name) {
    quoted += letter;
    if (letter == '"') {
      quoted += letter;
    }
  }
  return quoted + '"';
}

std::string quoted_text(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    quoted += letter;
    if (letter == '\'') {
      quoted += letter;
    }
  }
  return quoted + '\'';
}

Error engine_error(std::string what, std::string where, const char* why) {
  return {ErrorId::kSampleFileNotWritten, std::move(what), std::move(where), why == nullptr ? "no reason given" : why,
          "free some disk space, or choose another folder with --out"};
}

/// Days since 1970 of `08/31/2026` or `2026-08-31T…`.
std::int32_t days_of(std::string_view date) {
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (const char digit : date.substr(at, size)) {
      value = value * 10 + (digit - '0');
    }
    return value;
  };
  const bool us = date[2] == '/';
  const auto day = us ? Day::from_civil(number(6, 4), number(0, 2), number(3, 2))
                      : Day::from_civil(number(0, 4), number(5, 2), number(8, 2));
  return day.value().days_since_epoch();
}

/// Collects the rows of a part in a DuckDB table in memory, then copies it to Parquet. One thread, so that equal rows
/// give equal bytes. Memory is bounded by the size of a part.
class ParquetWriter final : public PartWriter {
 public:
  ParquetWriter(std::vector<FileColumn> columns, const Dialect& dialect, bool focus_times)
      : columns_(std::move(columns)), dialect_(dialect) {
    for (const FileColumn& column : columns_) {
      types_.push_back(parquet_type(column, dialect, focus_times));
    }
  }
  ~ParquetWriter() override {
    if (appender_ != nullptr) {
      duckdb_appender_destroy(&appender_);
    }
    if (chunk_ != nullptr) {
      duckdb_destroy_data_chunk(&chunk_);
    }
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  Result<void> open() {
    if (duckdb_open(nullptr, &database_) != DuckDBSuccess || duckdb_connect(database_, &connection_) != DuckDBSuccess) {
      return engine_error("the Parquet writer cannot be started", "", "DuckDB cannot open a database in memory");
    }
    APPORTION_TRY(run("SET threads = 1"));
    std::vector<duckdb_logical_type> types;
    for (const ParquetType type : types_) {
      types.push_back(type == ParquetType::kDecimal
                          ? duckdb_create_decimal_type(38, 18)
                          : duckdb_create_logical_type(kTypes[static_cast<std::size_t>(type)].type));
    }
    chunk_ = duckdb_create_data_chunk(types.data(), types.size());
    for (duckdb_logical_type& type : types) {
      duckdb_destroy_logical_type(&type);
    }
    return ok();
  }

  Result<void> begin(const std::filesystem::path& file) override {
    file_ = file;
    text_bytes_ = 0;
    std::string columns;
    for (std::size_t place = 0; place < columns_.size(); ++place) {
      columns += fmt::format("{}{} {}", place == 0 ? "" : ", ", quoted_name(columns_[place].header),
                             kTypes[static_cast<std::size_t>(types_[place])].sql);
    }
    APPORTION_TRY(run(fmt::format("CREATE OR REPLACE TABLE part ({})", columns)));
    if (duckdb_appender_create(connection_, nullptr, "part", &appender_) != DuckDBSuccess) {
      return engine_error("the Parquet writer accepts no rows", file_.string(), duckdb_appender_error(appender_));
    }
    return ok();
  }

  Result<void> add(const Cells& cells, std::uint64_t row) override {
    for (std::size_t place = 0; place < columns_.size(); ++place) {
      const FileColumn& column = columns_[place];
      const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_, place);
      const std::string_view cell = column.source < 0 ? "" : cells[static_cast<std::size_t>(column.source)];
      if (cell.empty()) {
        duckdb_vector_ensure_validity_writable(vector);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), chunk_rows_);
        continue;
      }
      text_bytes_ += cell.size() + 1;
      put(vector, types_[place],
          types_[place] == ParquetType::kDecimal || types_[place] == ParquetType::kDate
              ? cell
              : dress_cell(cell, column, dialect_, row, scratch_));
    }
    ++chunk_rows_;
    return chunk_rows_ < duckdb_vector_size() ? ok() : flush();
  }

  std::uint64_t text_bytes() const override { return text_bytes_; }

  Result<std::uint64_t> finish() override {
    APPORTION_TRY(flush());
    if (duckdb_appender_close(appender_) != DuckDBSuccess) {
      return engine_error("rows for Parquet were refused", file_.string(), duckdb_appender_error(appender_));
    }
    duckdb_appender_destroy(&appender_);
    APPORTION_TRY(
        run(fmt::format("COPY part TO {} (FORMAT parquet, COMPRESSION snappy)", quoted_text(file_.string()))));
    APPORTION_TRY(run("DROP TABLE part"));
    std::error_code failure;
    const std::uint64_t bytes = std::filesystem::file_size(file_, failure);
    if (failure) {
      return engine_error("a Parquet file is missing after it was written", file_.string(), failure.message().c_str());
    }
    return bytes;
  }

  std::string_view file_extension() const override { return ".snappy.parquet"; }

 private:
  void put(duckdb_vector vector, ParquetType type, std::string_view cell) const {
    void* const data = duckdb_vector_get_data(vector);
    switch (type) {
      case ParquetType::kText:
        duckdb_vector_assign_string_element_len(vector, chunk_rows_, cell.data(), cell.size());
        return;
      case ParquetType::kDecimal: {
        const Int128 units = Decimal::parse(cell).value.units();
        static_cast<duckdb_hugeint*>(data)[chunk_rows_] = {static_cast<std::uint64_t>(units),
                                                           static_cast<std::int64_t>(units >> 64U)};
        return;
      }
      case ParquetType::kDate: static_cast<duckdb_date*>(data)[chunk_rows_] = {days_of(cell)}; return;
      case ParquetType::kTimestamp:
        static_cast<duckdb_timestamp*>(data)[chunk_rows_] = {days_of(cell) * std::int64_t{86'400'000'000}};
        return;
    }
  }

  Result<void> flush() {
    if (chunk_rows_ == 0) {
      return ok();
    }
    duckdb_data_chunk_set_size(chunk_, chunk_rows_);
    if (duckdb_append_data_chunk(appender_, chunk_) != DuckDBSuccess) {
      return engine_error("rows for Parquet were refused", file_.string(), duckdb_appender_error(appender_));
    }
    duckdb_data_chunk_reset(chunk_);
    chunk_rows_ = 0;
    return ok();
  }

  Result<void> run(const std::string& sql) {
    duckdb_result result;
    const bool done = duckdb_query(connection_, sql.c_str(), &result) == DuckDBSuccess;
    const std::string why = done ? "" : duckdb_result_error(&result);
    duckdb_destroy_result(&result);
    return done ? ok() : Result<void>(engine_error("a Parquet file cannot be written", file_.string(), why.c_str()));
  }

  std::vector<FileColumn> columns_;
  std::vector<ParquetType> types_;
  Dialect dialect_;
  std::filesystem::path file_;
  std::string scratch_;
  std::uint64_t text_bytes_ = 0;
  idx_t chunk_rows_ = 0;
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  duckdb_appender appender_ = nullptr;
  duckdb_data_chunk chunk_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<PartWriter>> make_parquet_writer(std::vector<FileColumn> columns, const Dialect& dialect,
                                                        bool focus_times) {
  auto writer = std::make_unique<ParquetWriter>(std::move(columns), dialect, focus_times);
  APPORTION_TRY(writer->open());
  return std::unique_ptr<PartWriter>(std::move(writer));
}

}  // namespace apportion::sample
