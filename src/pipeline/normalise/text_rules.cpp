#include "pipeline/normalise/text_rules.h"

#include <algorithm>

#include "foundation/base/check.h"
#include "foundation/model/charge_columns.h"

namespace apportion {
namespace {

constexpr std::uint32_t kNotYet = kNullIndex - 1;

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

std::uint32_t RuleRunner::code(Single& single, std::size_t row) {
  const FieldCells& field = cells_->field(single.rule.field);
  const std::uint32_t text = field.codes[row];
  if (single.rule.translate == nullptr) return text;
  if (text == kNullIndex) {
    if (single.of_empty == kNotYet) single.of_empty = single.results.number_of(single.rule.translate({}));
    return single.of_empty;
  }
  if (single.by_text.size() <= text) single.by_text.resize(field.dictionary.size(), kNotYet);
  std::uint32_t& known = single.by_text[text];
  if (known == kNotYet) known = single.results.number_of(single.rule.translate(field.dictionary.text(text)));
  return known;
}

std::uint32_t RuleRunner::code(Pair& pair, std::size_t row) {
  const FieldCells& first = cells_->field(pair.rule.first_field);
  const FieldCells& second = cells_->field(pair.rule.second_field);
  return pair.memo.get(first.codes[row], second.codes[row], [&] {
    return pair.results.number_of(
        pair.rule.translate(first.dictionary.text(first.codes[row]), second.dictionary.text(second.codes[row])));
  });
}

void RuleRunner::append(ChargeFile& file, std::span<const std::uint32_t> rows) {
  for (Single& single : singles_) {
    auto& codes = file.codes(single.column);
    for (const std::uint32_t row : rows) codes.push_back(code(single, row));
  }
  for (Pair& pair : pairs_) {
    auto& codes = file.codes(pair.column);
    for (const std::uint32_t row : rows) codes.push_back(code(pair, row));
  }
}

void RuleRunner::codes_of(std::string_view column, std::vector<std::uint32_t>& codes) {
  const auto single =
      std::find_if(singles_.begin(), singles_.end(), [column](const Single& s) { return s.rule.column == column; });
  APPORTION_CHECK(single != singles_.end(), column);
  codes.resize(cells_->rows());
  for (std::size_t row = 0; row < codes.size(); ++row) codes[row] = code(*single, row);
}

const TextDictionary& RuleRunner::dictionary(std::string_view column) const {
  const auto single =
      std::find_if(singles_.begin(), singles_.end(), [column](const Single& s) { return s.rule.column == column; });
  APPORTION_CHECK(single != singles_.end(), column);
  return single->rule.translate == nullptr ? cells_->field(single->rule.field).dictionary : single->results;
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
