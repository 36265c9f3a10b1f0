#include "pipeline/normalise/kept_rows_sink.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "foundation/base/text.h"
#include "foundation/model/amount_text.h"
#include "lake/layout.h"
#include "lake/waiting_values.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsOfGroup = 120'000;

// Amounts of recommendations: plain numbers (EA) or JSON objects (MCA), kept as text.
constexpr auto kAmountColumns =
    std::to_array<std::string_view>({"CostWithoutReservation", "NetSavings", "CostWithReservation"});

SourceKind kind_of(Dataset dataset) {
  switch (dataset) {
    case Dataset::kReservationTransactions: return SourceKind::kReservationTransactions;
    case Dataset::kReservationRecommendations: return SourceKind::kReservationRecommendations;
    case Dataset::kPriceSheet: return SourceKind::kPriceSheet;
    default: return SourceKind::kReservationDetails;
  }
}

const char* role_of(Dataset dataset) { return dataset == Dataset::kPriceSheet ? "prices" : "commitments"; }

LakeContent content_of(Dataset dataset) {
  return dataset == Dataset::kPriceSheet ? LakeContent::kPrices : LakeContent::kCommitments;
}

std::vector<CellForm> forms_of(std::span<const SourceField> fields) {
  std::vector<CellForm> forms;
  for (const SourceField& field : fields) {
    forms.push_back(field.kind == CellKind::kText  ? CellForm::kText
                    : field.kind == CellKind::kDay ? CellForm::kDay
                                                   : CellForm::kPlainDecimal);
  }
  return forms;
}

ParquetType parquet_type(CellKind kind) {
  switch (kind) {
    case CellKind::kText: return ParquetType::kText;
    case CellKind::kDecimal: return ParquetType::kDecimal;
    case CellKind::kDay: return ParquetType::kDay;
  }
  return ParquetType::kText;
}

class KeptRowsSink final : public ImportSink {
 public:
  explicit KeptRowsSink(ChargeSinkOptions options)
      : options_(std::move(options)),
        fields_(fields_of(kind_of(options_.dataset))),
        cells_(fields_, forms_of(fields_)),
        texts_(fields_.size()),
        days_(fields_.size()),
        decimals_(fields_.size()),
        path_(options_.folder / lake_file_name(content_of(options_.dataset), options_.worker)) {}

  Result<void> take(const SourceBatch& batch) override {
    cells_.read(batch);
    for (std::size_t row = 0; row < batch.rows; ++row) check_amounts(row);
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!cells_.is_bad(row)) add_row(batch, row);
    }
    if (cells_.dictionary_bytes() > options_.dictionary_bytes_max) cells_.forget();
    return row_ids_.size() < kRowsOfGroup ? ok() : write_row_group();
  }

  Result<ChargeSinkResult> finish() override {
    APPORTION_TRY(write_row_group());
    ChargeSinkResult result;
    result.rejects = std::move(cells_.rejects());
    result.rows_stored = rows_stored_;
    if (writer_ == nullptr) return result;
    APPORTION_TRY(writer_->finish());
    result.files.push_back(
        {{path_.string(), writer_->rows_written(), writer_->bytes_written(), {}}, role_of(options_.dataset)});
    return result;
  }

 private:
  void check_amounts(std::size_t row) {
    if (options_.dataset != Dataset::kReservationRecommendations) return;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const bool is_amount = std::ranges::find(kAmountColumns, fields_[i].column) != kAmountColumns.end();
      const FieldCells& field = cells_.field(i);
      if (!is_amount || field.code(row) == kNullIndex) continue;
      const std::string_view text = field.dictionary.text(field.code(row));
      if (!trim(text).empty() && !parse_amount_text(text))
        cells_.reject(row, i, "neither a plain decimal number nor a JSON object with a value and a currency");
    }
  }

  void add_row(const SourceBatch& batch, std::size_t row) {
    row_ids_.push_back(RowId(options_.import, batch.first_ordinal + batch.ordinals[row]).stored());
    lines_.push_back(batch.lines[row]);
    files_.add(batch.part->name);
    add_other_columns(batch, row);
    for (std::size_t i = 0; i < fields_.size(); ++i) add_cell(i, row);
    ++rows_stored_;
  }

  void add_other_columns(const SourceBatch& batch, std::size_t row) {
    nlohmann::ordered_json others;
    for (const auto& [column, name] : batch.part->layout.other_columns) {
      const std::string_view cell = batch.columns[column][row];
      if (!cell.empty()) others[name] = cell;
    }
    if (others.empty()) {
      others_.add_nothing();
    } else {
      others_.add(others.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    }
  }

  void add_cell(std::size_t index, std::size_t row) {
    const FieldCells& field = cells_.field(index);
    if (field.form == CellForm::kPlainDecimal) {
      decimals_[index].add(field.present[row] != 0 ? std::optional(field.values[row]) : std::nullopt);
      return;
    }
    const std::uint32_t code = field.code(row);
    if (field.form == CellForm::kText) {
      code == kNullIndex ? texts_[index].add_nothing() : texts_[index].add(std::string(field.dictionary.text(code)));
    } else {
      const bool is_day = code != kNullIndex && field.days[code] != kNoDay;
      is_day ? days_[index].add(field.days[code]) : days_[index].add_nothing();
    }
  }

  Result<void> write_row_group() {
    if (row_ids_.empty()) return ok();
    if (writer_ == nullptr) {
      std::vector<ParquetColumn> columns{{"x_RowId", ParquetType::kInteger},
                                         {"x_SourceFile", ParquetType::kText},
                                         {"x_SourceLine", ParquetType::kInteger},
                                         {"x_OtherColumns", ParquetType::kText}};
      for (const SourceField& field : fields_) columns.push_back({std::string(field.column), parquet_type(field.kind)});
      APPORTION_ASSIGN(writer_, ParquetWriter::create(path_, std::move(columns)));
    }
    writer_->begin_row_group(row_ids_.size());
    writer_->integer_column(row_ids_);
    files_.write(*writer_);
    writer_->integer_column(lines_);
    others_.write(*writer_);
    for (std::size_t i = 0; i < fields_.size(); ++i) write_column(i);
    row_ids_.clear();
    lines_.clear();
    return writer_->end_row_group();
  }

  void write_column(std::size_t index) {
    switch (fields_[index].kind) {
      case CellKind::kText: texts_[index].write(*writer_); break;
      case CellKind::kDay: days_[index].write(*writer_); break;
      case CellKind::kDecimal: decimals_[index].write(*writer_); break;
    }
  }

  ChargeSinkOptions options_;
  std::span<const SourceField> fields_;
  CellReader cells_;
  std::vector<WaitingTexts> texts_;  // by field, as the next two
  std::vector<WaitingDays> days_;
  std::vector<WaitingDecimals> decimals_;
  WaitingTexts files_;
  WaitingTexts others_;
  std::vector<std::int64_t> row_ids_;
  std::vector<std::int64_t> lines_;
  std::filesystem::path path_;
  std::unique_ptr<ParquetWriter> writer_;
  std::int64_t rows_stored_ = 0;
};

}  // namespace

std::unique_ptr<ImportSink> make_kept_rows_sink(ChargeSinkOptions options) {
  return std::make_unique<KeptRowsSink>(std::move(options));
}

}  // namespace apportion
