#include "pipeline/normalise/text_rules.h"

#include <algorithm>

#include "foundation/base/check.h"
#include "foundation/model/charge_columns.h"

namespace apportion {
namespace {

constexpr std::uint32_t kNotYet = kNullIndex - 1;

// The number of what a rule made. Most texts are those of the file, which stay as long as the results do.
std::uint32_t number_of(TextDictionary& results, std::string_view made, std::string_view of_file) {
  return made == of_file ? results.number_of_lasting(of_file) : results.number_of(made);
}

}  // namespace

RuleRunner::RuleRunner(const TextRules& rules, Pools& pools, const CellReader& cells) : cells_(&cells) {
  for (const TextRule& rule : rules.singles) {
    singles_.push_back(
        {rule, charge_column_index(rule.column), {}, {}, rule.translate == nullptr ? kNullIndex : kNotYet});
  }
  for (const PairRule& rule : rules.pairs) pairs_.push_back({rule, charge_column_index(rule.column), {}, {}});
  for (const Single& single : singles_) {
    const auto* own = &single.results;
    pools.texts[single.column] = single.rule.translate == nullptr ? &cells.field(single.rule.field).dictionary : own;
  }
  for (const Pair& pair : pairs_) pools.texts[pair.column] = &pair.results;
}

std::uint32_t RuleRunner::code(Single& single, std::uint32_t text) {
  if (single.rule.translate == nullptr) return text;
  if (text == kNullIndex) {
    if (single.of_empty == kNotYet) single.of_empty = single.results.number_of(single.rule.translate({}));
    return single.of_empty;
  }
  const TextDictionary& texts = cells_->field(single.rule.field).dictionary;
  if (single.by_text.size() <= text) single.by_text.resize(texts.size(), kNotYet);
  std::uint32_t& known = single.by_text[text];
  if (known == kNotYet) known = number_of(single.results, single.rule.translate(texts.text(text)), texts.text(text));
  return known;
}

std::uint32_t RuleRunner::code(Pair& pair, std::uint32_t first_text, std::uint32_t second_text) {
  return pair.memo.get(first_text, second_text, [&] {
    const std::string_view first = cells_->field(pair.rule.first_field).dictionary.text(first_text);
    const std::string_view second = cells_->field(pair.rule.second_field).dictionary.text(second_text);
    const std::string made = pair.rule.translate(first, second);
    return number_of(pair.results, made, made == first ? first : second);
  });
}

void RuleRunner::append(ChargeFile& file, std::span<const std::uint32_t> rows) {
  for (Single& single : singles_) {
    append_by_text(file, single.column, *cells_, single.rule.field, single.by_number, rows,
                   [&](std::uint32_t text) { return code(single, text); });
  }
  for (Pair& pair : pairs_) append(pair, file, rows);
}

// The segment that has both fields. A field that the file lacks is empty in every row, and so in every segment.
std::optional<std::size_t> RuleRunner::segment_of(const PairRule& rule) const {
  const auto first = cells_->segment_of(rule.first_field);
  const auto second = cells_->segment_of(rule.second_field);
  if (first == second || cells_->field(rule.second_field).column < 0) return first;
  return cells_->field(rule.first_field).column < 0 ? second : std::nullopt;
}

void RuleRunner::append(Pair& pair, ChargeFile& file, std::span<const std::uint32_t> rows) {
  const auto& [column, first_field, second_field, translate] = pair.rule;
  if (const auto segment = segment_of(pair.rule)) {
    const auto texts_of = [&](std::size_t field) {
      return cells_->segment_of(field) ? cells_->codes_by_number(field) : std::span<const std::uint32_t>();
    };
    const auto first = texts_of(first_field);
    const auto second = texts_of(second_field);
    const auto text = [](std::span<const std::uint32_t> texts, std::size_t number) {
      return texts.empty() ? kNullIndex : texts[number];
    };
    for (std::size_t number = pair.by_number.size(); number < std::max(first.size(), second.size()); ++number)
      pair.by_number.push_back(code(pair, text(first, number), text(second, number)));
    file.append_by_number(pair.column, *segment, pair.by_number);
    return;
  }
  auto& codes = file.codes(pair.column);
  for (const std::uint32_t row : rows)
    codes.push_back(code(pair, cells_->field(first_field).code(row), cells_->field(second_field).code(row)));
}

void RuleRunner::codes_of(std::string_view column, std::vector<std::uint32_t>& codes) {
  const auto single =
      std::find_if(singles_.begin(), singles_.end(), [column](const Single& s) { return s.rule.column == column; });
  APPORTION_CHECK(single != singles_.end(), column);
  codes.resize(cells_->rows());
  const FieldCells& texts = cells_->field(single->rule.field);
  for (std::size_t row = 0; row < codes.size(); ++row) codes[row] = code(*single, texts.code(row));
}

const TextDictionary& RuleRunner::dictionary(std::string_view column) const {
  const auto single =
      std::find_if(singles_.begin(), singles_.end(), [column](const Single& s) { return s.rule.column == column; });
  APPORTION_CHECK(single != singles_.end(), column);
  return single->rule.translate == nullptr ? cells_->field(single->rule.field).dictionary : single->results;
}

void RuleRunner::forget_numbers() {
  for (Single& single : singles_) single.by_number.clear();
  for (Pair& pair : pairs_) pair.by_number.clear();
}

std::size_t RuleRunner::dictionary_bytes() const {
  std::size_t bytes = 0;
  for (const Single& single : singles_) bytes += single.results.bytes();
  for (const Pair& pair : pairs_) bytes += pair.results.bytes();
  return bytes;
}

void RuleRunner::forget() {
  for (Single& single : singles_) {
    single.results.clear();
    single.by_text.clear();
    single.of_empty = single.rule.translate == nullptr ? kNullIndex : kNotYet;
  }
  for (Pair& pair : pairs_) {
    pair.results.clear();
    pair.memo.clear();
  }
}

}  // namespace apportion
