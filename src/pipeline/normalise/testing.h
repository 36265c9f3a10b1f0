/// What the tests of this folder share: cost files as tables of texts, and the charges that sinks make of them.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "engine/engine.h"
#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/test_support.h"
#include "foundation/model/source_fields.h"
#include "pipeline/normalise/charge_sink.h"

namespace apportion::normalise_testing {

/// Cells by column. A column that no row names is not in the file; a cell that a row does not name is empty.
using Cells = std::map<std::string, std::string>;

/// A cost file: what a header row and rows of texts would give.
class SourceTable {
 public:
  SourceTable(SourceKind kind, const std::vector<Cells>& rows, DayFormat days = DayFormat::kMonthDayYear)
      : rows_(rows) {
    part_.name = "part.csv";
    part_.layout.kind = kind;
    part_.layout.day_format = days;
    std::map<std::string, std::size_t> places;
    for (const Cells& row : rows_) {
      for (const auto& [name, text] : row) places.emplace(name, 0);
    }
    for (auto& [name, place] : places) place = part_.layout.columns++;
    const auto fields = fields_of(kind);
    auto unknown = places;
    for (const SourceField& field : fields) {
      const auto found = places.find(std::string(field.name));
      part_.layout.column_of_field.push_back(found == places.end() ? -1 : static_cast<int>(found->second));
      unknown.erase(std::string(field.name));
    }
    for (const auto& [name, place] : unknown) part_.layout.other_columns.emplace_back(place, name);
    batch_.part = &part_;
    batch_.columns.begin_texts(part_.layout.columns);
    for (const auto& [name, place] : places) {
      for (const Cells& row : rows_) {
        const auto cell = row.find(name);
        batch_.columns[place].push_back(cell == row.end() ? std::string_view() : std::string_view(cell->second));
      }
    }
  }
  SourceTable(const SourceTable&) = delete;
  SourceTable& operator=(const SourceTable&) = delete;

  /// Hands the rows on in batches of `rows_of_batch`; lines begin at 2.
  Result<void> give_to(BatchSink& sink, std::size_t rows_of_batch = 1000) {
    return give(sink, rows_of_batch, [this](SourceBatch& batch, std::size_t from) {
      batch.columns.begin_texts(part_.layout.columns);
      for (std::size_t i = 0; i < batch_.columns.size(); ++i) {
        const auto first = batch_.columns[i].begin() + static_cast<std::ptrdiff_t>(from);
        batch.columns[i].assign(first, first + static_cast<std::ptrdiff_t>(batch.rows));
      }
    });
  }

  /// The same, as the records that a CSV file would have.
  Result<void> give_records_to(BatchSink& sink, std::size_t rows_of_batch = 1000) {
    std::string bytes;
    return give(sink, rows_of_batch, [&](SourceBatch& batch, std::size_t from) {
      bytes.clear();
      std::vector<std::uint32_t> starts;
      for (std::size_t row = from; row < from + batch.rows; ++row) {
        for (std::size_t i = 0; i < batch_.columns.size(); ++i) {
          starts.push_back(static_cast<std::uint32_t>(bytes.size()));
          bytes += field_of(batch_.columns[i][row]);
          bytes += i + 1 == batch_.columns.size() ? '\n' : ',';
        }
        starts.push_back(static_cast<std::uint32_t>(bytes.size()));
      }
      batch.columns.begin_records(bytes.data(), part_.layout.columns).starts = std::move(starts);
    });
  }

 private:
  // `fill`: the columns of a batch with its rows from a row on.
  template <class Fill>
  Result<void> give(BatchSink& sink, std::size_t rows_of_batch, const Fill& fill) {
    SourceBatch batch;
    batch.part = &part_;
    for (std::size_t from = 0; from < rows_.size(); from += batch.rows) {
      batch.rows = std::min(rows_of_batch, rows_.size() - from);
      batch.first_ordinal = static_cast<std::int64_t>(from) + 1;
      batch.ordinals.clear();
      batch.lines.clear();
      fill(batch, from);
      for (std::size_t i = 0; i < batch.rows; ++i) {
        batch.ordinals.push_back(static_cast<std::int32_t>(i));
        batch.lines.push_back(static_cast<std::int64_t>(from + i) + 2);
      }
      APPORTION_TRY(sink.take(batch));
    }
    return ok();
  }

  static std::string field_of(std::string_view text) {
    if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
    std::string field = "\"";
    for (const char letter : text) field += letter == '"' ? "\"\"" : std::string(1, letter);
    return field + '"';
  }

  std::vector<Cells> rows_;
  SourcePart part_;
  SourceBatch batch_;
};

/// Shared by all tests, and never destroyed: what DuckDB keeps for a thread is gone before statics are.
inline Engine& shared_engine() {
  static auto* const opened = new Result<Engine>(Engine::open({}));
  APPORTION_CHECK(opened->has_value(), "a test needs the engine");
  return **opened;
}

/// The rows of a relation of the shared engine in the order of `x_RowId`; cells that are null are not in them, amounts
/// are plain.
inline std::vector<Cells> read_relation(std::string_view relation) {
  std::string list;
  for (const ChargeColumn& column : charge_columns())
    list += fmt::format("{}CAST({} AS VARCHAR)", list.empty() ? "" : ", ", sql_identifier(column.name));
  std::vector<Cells> charges;
  const auto read = shared_engine().query(
      fmt::format("SELECT {} FROM {} ORDER BY x_RowId", list, relation), {}, [&](const EngineRow& row) {
        Cells& cells = charges.emplace_back();
        for (std::size_t i = 0; i < charge_columns().size(); ++i) {
          if (row.is_null(i)) continue;
          const ChargeColumn& column = charge_columns()[i];
          cells[std::string(column.name)] = column.type == ColumnType::kDecimal
                                                ? Decimal::parse(row.text(i)).value.to_string()
                                                : std::string(row.text(i));
        }
        return ok();
      });
  APPORTION_CHECK(read.has_value(), read ? "" : read.error().message());
  return charges;
}

/// The same for the rows of Parquet files.
inline std::vector<Cells> read_charges(const std::vector<std::filesystem::path>& files) {
  if (files.empty()) return {};
  const auto opened = shared_engine().view_over_parquet("charges", files, "");
  APPORTION_CHECK(opened.has_value(), "charges of a test cannot be read");
  return read_relation("charges");
}

struct SinkOutput {
  ChargeSinkResult result;
  std::vector<Cells> charges;
  std::vector<Cells> mirror;
};

/// Options of a sink into `folder` for October 2026.
inline ChargeSinkOptions sink_options(Dataset dataset, const std::filesystem::path& folder) {
  ChargeSinkOptions options;
  options.import = ImportId(7);
  options.bill_source = "acme";
  options.dataset = dataset;
  options.month = *Month::parse("2026-10");
  options.folder = folder;
  return options;
}

/// What a sink makes of a table.
inline SinkOutput run_sink(SourceTable& table, const ChargeSinkOptions& options, std::size_t rows_of_batch = 1000) {
  const auto sink = options.dataset == Dataset::kFocusCost ? make_focus_sink(options) : make_cost_details_sink(options);
  const auto taken = table.give_to(*sink, rows_of_batch);
  APPORTION_CHECK(taken.has_value(), taken ? "" : taken.error().message());
  auto result = sink->finish();
  APPORTION_CHECK(result.has_value(), result ? "" : result.error().message());
  SinkOutput output{std::move(result).value(), {}, {}};
  for (const ImportFile& file : output.result.files) {
    (file.role == "charges" ? output.charges : output.mirror) = read_charges({file.file.path});
  }
  return output;
}

}  // namespace apportion::normalise_testing
