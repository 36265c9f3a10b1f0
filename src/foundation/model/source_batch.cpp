#include "foundation/model/source_batch.h"

#include "foundation/base/text.h"
#include "foundation/model/ids.h"

namespace apportion {

void BatchColumns::begin_texts(std::size_t columns) {
  records_.bytes = nullptr;
  values_.clear();
  is_cut_.clear();
  texts_.resize(columns);
}

RawRecords& BatchColumns::begin_records(const char* bytes, std::size_t columns) {
  records_.bytes = bytes;
  records_.columns = columns;
  records_.starts.clear();
  values_.clear();
  is_cut_.assign(columns, 0);
  texts_.resize(columns);
  arena_.clear();
  return records_;
}

void BatchColumns::begin_values(std::size_t columns) {
  records_.bytes = nullptr;
  values_.resize(columns);
  is_cut_.assign(columns, 0);
  texts_.resize(columns);
  arena_.clear();
}

BatchColumns::Texts& BatchColumns::fill_texts(std::size_t column) {
  values_[column].form = Form::kTexts;
  is_cut_[column] = 1;
  return texts_[column];
}

CodedCells& BatchColumns::fill_codes(std::size_t column) {
  values_[column].form = Form::kCodes;
  return values_[column].coded;
}

NumberCells& BatchColumns::fill_numbers(std::size_t column) {
  values_[column].form = Form::kNumbers;
  return values_[column].numbers;
}

const CodedCells* BatchColumns::codes(std::size_t column) const {
  return values_.empty() || values_[column].form != Form::kCodes ? nullptr : &values_[column].coded;
}

const NumberCells* BatchColumns::numbers(std::size_t column) const {
  return values_.empty() || values_[column].form != Form::kNumbers ? nullptr : &values_[column].numbers;
}

void BatchColumns::cut(std::size_t column) const {
  is_cut_[column] = 1;
  Texts& texts = texts_[column];
  if (!values_.empty()) return cut_values(values_[column], texts);
  texts.resize(records_.size());
  for (std::size_t row = 0; row < texts.size(); ++row) texts[row] = records_.text(row, column, arena_);
}

void BatchColumns::cut_values(const Values& values, Texts& texts) const {
  if (values.form == Form::kCodes) {
    const auto& [dictionary, places] = values.coded;
    texts.resize(places.size());
    for (std::size_t row = 0; row < texts.size(); ++row)
      texts[row] = places[row] == kNoPlace ? std::string_view() : dictionary->text(places[row], arena_);
  } else if (values.form == Form::kNumbers) {
    const auto& [format, numbers, present] = values.numbers;
    texts.resize(numbers.size());
    for (std::size_t row = 0; row < texts.size(); ++row)
      texts[row] = present[row] == 0 ? std::string_view() : text_of_number(numbers[row], format, arena_);
  }
}

bool is_blank_cell(std::string_view text) {
  const std::string_view trimmed = trim(text);
  return trimmed.empty() || trimmed == kNoGuid;
}

void settle_second_names(SourceBatch& batch) {
  const SourceLayout& layout = batch.part->layout;
  for (const SecondName& second : layout.second_names) {
    auto& first_cells = batch.columns[static_cast<std::size_t>(layout.column_of_field[second.field])];
    auto& second_cells = batch.columns[second.column];
    for (std::size_t row = 0; row < batch.rows; ++row) {
      std::string_view& cell = second_cells[row];
      if (is_blank_cell(first_cells[row]) && !is_blank_cell(cell)) first_cells[row] = cell;
      if (cell == first_cells[row] || is_blank_cell(cell)) cell = cell.substr(0, 0);
    }
  }
}

std::string_view name_of_cell(const SourceBatch& batch, std::size_t field, std::size_t row) {
  const SourceLayout& layout = batch.part->layout;
  const int column = layout.column_of_field[field];
  if (column < 0 || layout.names.empty()) return {};
  const auto first = static_cast<std::size_t>(column);
  const std::string_view cell = batch.columns[first][row];
  for (const SecondName& second : layout.second_names) {
    const bool gave_the_cell = !cell.empty() && batch.columns[second.column][row].data() == cell.data();
    if (second.field == field && gave_the_cell) return layout.names[second.column];
  }
  return layout.names[first];
}

}  // namespace apportion
