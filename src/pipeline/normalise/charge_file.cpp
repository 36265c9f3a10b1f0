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

void ChargeFile::begin_rows() {
  for (Numbers& numbers : numbers_) numbers.begun = numbers.by_row.size();
}

void ChargeFile::append_numbers(std::size_t segment, std::span<const std::uint32_t> numbers_by_row,
                                std::span<const std::uint32_t> rows) {
  if (numbers_.size() <= segment) numbers_.resize(segment + 1);
  auto& by_row = numbers_[segment].by_row;
  by_row.reserve(by_row.size() + rows.size());
  for (const std::uint32_t row : rows) by_row.push_back(numbers_by_row[row]);
}

void ChargeFile::append_by_number(std::size_t column, std::size_t segment, const std::vector<std::uint32_t>& codes) {
  Cells& cells = cells_[column];
  const auto numbers = std::span<const std::uint32_t>(numbers_[segment].by_row).subspan(numbers_[segment].begun);
  const bool is_first_of_group = rows_ == 0 && cells.codes.empty() && cells.codes_by_number == nullptr;
  if (is_first_of_group) {
    cells.codes_by_number = &codes;
    cells.segment = segment;
  }
  if (cells.codes_by_number == &codes && cells.segment == segment) {
    cells.rows_numbered += numbers.size();
    return;
  }
  spell_out(cells);
  for (const std::uint32_t number : numbers) cells.codes.push_back(codes[number]);
}

void ChargeFile::spell_out() {
  for (Cells& cells : cells_) spell_out(cells);
  for (Numbers& numbers : numbers_) numbers = {};
}

void ChargeFile::spell_out(Cells& cells) {
  if (cells.codes_by_number == nullptr) return;
  const auto numbers = std::span<const std::uint32_t>(numbers_[cells.segment].by_row).first(cells.rows_numbered);
  for (const std::uint32_t number : numbers) cells.codes.push_back((*cells.codes_by_number)[number]);
  cells.codes_by_number = nullptr;
  cells.rows_numbered = 0;
}

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
    } else if (cells.rows_numbered < rows_) {
      spell_out(cells);
      if (cells.codes.size() < rows_) cells.codes.resize(rows_, kNullIndex);
      APPORTION_CHECK(cells.codes.size() == rows_, charge_columns()[i].name);
    }
  }
}

// Renumbers codes by first appearance, so that the dictionary of the row group holds only what the row group uses.
template <class Value>
void ChargeFile::renumber(std::vector<std::uint32_t>& codes, std::span<const Value> values, std::vector<Value>& used) {
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
}

// The distinct numbers of a row group, for all columns of their segment.
void ChargeFile::find_distinct(Numbers& numbers) {
  if (!numbers.places.empty()) return;
  ++round_;
  numbers.places.reserve(numbers.by_row.size());
  for (const std::uint32_t number : numbers.by_row) {
    if (marks_.size() <= number) marks_.resize(number + 1);
    Mark& mark = marks_[number];
    if (mark.round != round_) {
      mark = {round_, static_cast<std::uint32_t>(numbers.distinct.size())};
      numbers.distinct.push_back(number);
    }
    numbers.places.push_back(mark.number);
  }
}

// The renumbered codes of a column. Those of a segment are renumbered once for each of its numbers, and then only
// copied to the rows.
template <class Value>
std::span<const std::uint32_t> ChargeFile::compact(Cells& cells, std::span<const Value> values,
                                                   std::vector<Value>& used) {
  if (cells.codes_by_number == nullptr) {
    renumber(cells.codes, values, used);
    return cells.codes;
  }
  Numbers& numbers = numbers_[cells.segment];
  find_distinct(numbers);
  codes_of_distinct_.clear();
  for (const std::uint32_t number : numbers.distinct) codes_of_distinct_.push_back((*cells.codes_by_number)[number]);
  renumber(codes_of_distinct_, values, used);
  codes_of_rows_.resize(rows_);
  for (std::size_t row = 0; row < rows_; ++row) codes_of_rows_[row] = codes_of_distinct_[numbers.places[row]];
  return codes_of_rows_;
}

void ChargeFile::write_column(std::size_t column) {
  Cells& cells = cells_[column];
  switch (charge_columns()[column].type) {
    case ColumnType::kText:
    case ColumnType::kJson: {
      const TextDictionary* texts = pools_->texts[column];
      const auto all = texts == nullptr ? std::span<const std::string_view>() : texts->texts();
      const auto codes = compact(cells, all, used_texts_);
      writer_->text_column(codes, used_texts_);
      break;
    }
    case ColumnType::kDecimal:
      if (is_plain_decimal(column)) {
        const bool all_present = std::find(cells.present.begin(), cells.present.end(), 0) == cells.present.end();
        writer_->decimal_column(cells.decimals, all_present ? std::span<const std::uint8_t>() : cells.present);
      } else {
        const auto codes = compact(cells, pools_->decimals.values(), used_decimals_);
        writer_->decimal_column(codes, used_decimals_);
      }
      break;
    case ColumnType::kDay: {
      const auto codes = compact(cells, pools_->days.values(), used_days_);
      writer_->day_column(codes, used_days_);
      break;
    }
    case ColumnType::kInteger:
      if (is_counting_integer(column)) {
        writer_->integer_column(cells.integers);
      } else {
        const auto codes = compact(cells, pools_->integers.values(), used_integers_);
        writer_->integer_column(codes, used_integers_);
      }
      break;
  }
  if (cells.codes_by_number != nullptr) cells.codes = {};  // the next row group will hardly need them
  cells.codes_by_number = nullptr;
  cells.rows_numbered = 0;
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
  for (Numbers& numbers : numbers_) {
    numbers.by_row.clear();
    numbers.distinct.clear();
    numbers.places.clear();
  }
  return writer_->end_row_group();
}

Result<bool> ChargeFile::finish() {
  APPORTION_TRY(write_row_group());
  if (writer_ == nullptr) return false;
  APPORTION_TRY(writer_->finish());
  return true;
}

}  // namespace apportion
