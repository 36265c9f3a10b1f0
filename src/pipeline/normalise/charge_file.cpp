#include "pipeline/normalise/charge_file.h"

#include <algorithm>
#include <array>

#include "foundation/base/check.h"

namespace apportion {
namespace {

constexpr auto kPlainDecimals = std::to_array<std::string_view>(
    {"BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "x_CostInPricingCurrency", "x_CostInUsd",
     "x_ListCostInUsd", "PricingQuantity", "ConsumedQuantity"});
constexpr auto kCountingIntegers = std::to_array<std::string_view>({"x_RowId", "x_SourceLine"});

template <std::size_t Size>
std::vector<bool> columns_among(const std::array<std::string_view, Size>& names) {
  std::vector<bool> among;
  for (const ChargeColumn& column : charge_columns()) {
    among.push_back(std::find(names.begin(), names.end(), column.name) != names.end());
  }
  return among;
}

ParquetType parquet_type(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kJson: return ParquetType::kText;
    case ColumnType::kDecimal: return ParquetType::kDecimal;
    case ColumnType::kDay: return ParquetType::kDay;
    case ColumnType::kInteger: return ParquetType::kInteger;
  }
  return ParquetType::kText;
}

}  // namespace

bool is_plain_decimal(std::size_t column) {
  static const std::vector<bool> plain = columns_among(kPlainDecimals);
  return plain[column];
}

bool is_counting_integer(std::size_t column) {
  static const std::vector<bool> counting = columns_among(kCountingIntegers);
  return counting[column];
}

std::vector<ParquetColumn> parquet_charge_columns() {
  std::vector<ParquetColumn> columns;
  for (const ChargeColumn& column : charge_columns())
    columns.push_back({std::string(column.name), parquet_type(column.type)});
  return columns;
}

ChargeFile::ChargeFile(std::filesystem::path path, const Pools& pools)
    : path_(std::move(path)), pools_(&pools), cells_(charge_columns().size()) {}

void ChargeFile::end_rows(std::size_t rows) {
  rows_ += rows;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Cells& cells = cells_[i];
    if (is_plain_decimal(i)) {
      if (cells.decimals.size() < rows_) {
        cells.decimals.resize(rows_);
        cells.present.resize(rows_, 0);
      }
      APPORTION_CHECK(cells.decimals.size() == rows_ && cells.present.size() == rows_, charge_columns()[i].name);
    } else if (is_counting_integer(i)) {
      APPORTION_CHECK(cells.integers.size() == rows_, charge_columns()[i].name);
    } else {
      if (cells.codes.size() < rows_) cells.codes.resize(rows_, kNullIndex);
      APPORTION_CHECK(cells.codes.size() == rows_, charge_columns()[i].name);
    }
  }
}

// Renumbers codes by first appearance, so that the dictionary of the row group holds only what the row group uses.
template <class Value>
std::span<const Value> ChargeFile::compact(std::vector<std::uint32_t>& codes, std::span<const Value> values,
                                           std::vector<Value>& used) {
  used.clear();
  ++round_;
  if (marks_.size() < values.size()) marks_.resize(values.size());
  for (std::uint32_t& code : codes) {
    if (code == kNullIndex) continue;
    Mark& mark = marks_[code];
    if (mark.round != round_) {
      mark = {round_, static_cast<std::uint32_t>(used.size())};
      used.push_back(values[code]);
    }
    code = mark.number;
  }
  return used;
}

void ChargeFile::write_column(std::size_t column) {
  Cells& cells = cells_[column];
  switch (charge_columns()[column].type) {
    case ColumnType::kText:
    case ColumnType::kJson: {
      const TextDictionary* texts = pools_->texts[column];
      const auto all = texts == nullptr ? std::span<const std::string_view>() : texts->texts();
      const auto used = compact(cells.codes, all, used_texts_);
      writer_->text_column(cells.codes, used);
      break;
    }
    case ColumnType::kDecimal:
      if (is_plain_decimal(column)) {
        const bool all_present = std::find(cells.present.begin(), cells.present.end(), 0) == cells.present.end();
        writer_->decimal_column(cells.decimals, all_present ? std::span<const std::uint8_t>() : cells.present);
      } else {
        const auto used = compact(cells.codes, pools_->decimals.values(), used_decimals_);
        writer_->decimal_column(std::span<const std::uint32_t>(cells.codes), used);
      }
      break;
    case ColumnType::kDay: {
      const auto used = compact(cells.codes, pools_->days.values(), used_days_);
      writer_->day_column(cells.codes, used);
      break;
    }
    case ColumnType::kInteger:
      if (is_counting_integer(column)) {
        writer_->integer_column(cells.integers);
      } else {
        const auto used = compact(cells.codes, pools_->integers.values(), used_integers_);
        writer_->integer_column(cells.codes, used);
      }
      break;
  }
  cells.codes.clear();
  cells.decimals.clear();
  cells.present.clear();
  cells.integers.clear();
}

Result<void> ChargeFile::write_row_group() {
  if (rows_ == 0) return ok();
  if (writer_ == nullptr) {
    APPORTION_ASSIGN(writer_, ParquetWriter::create(path_, parquet_charge_columns()));
  }
  writer_->begin_row_group(rows_);
  for (std::size_t column = 0; column < cells_.size(); ++column) write_column(column);
  rows_ = 0;
  return writer_->end_row_group();
}

Result<bool> ChargeFile::finish() {
  APPORTION_TRY(write_row_group());
  if (writer_ == nullptr) return false;
  APPORTION_TRY(writer_->finish());
  return true;
}

}  // namespace apportion
