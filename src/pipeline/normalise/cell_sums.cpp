#include "pipeline/normalise/cell_sums.h"

#include <algorithm>
#include <utility>

namespace apportion {
namespace {

void add(KeyedHash& sum, const KeyedHash& more) {
  sum.first += more.first;
  sum.second += more.second;
}

}  // namespace

CellSums::CellSums(const CellReader& cells, std::vector<std::size_t> fields, HashCell hash_cell)
    : cells_(&cells), fields_(std::move(fields)), hash_cell_(std::move(hash_cell)) {
  if (!fields_.empty()) by_text_.resize(*std::ranges::max_element(fields_) + 1);
}

void CellSums::begin_batch() {
  if (numbering_ != cells_->numbering()) by_number_.clear();
  numbering_ = cells_->numbering();
  by_number_.resize(cells_->segments());
  fields_alone_.clear();
  std::vector<std::vector<std::size_t>> fields_of_segment(cells_->segments());
  for (const std::size_t field : fields_) {
    if (cells_->field(field).column < 0) continue;
    const auto segment = cells_->segment_of(field);
    (segment ? fields_of_segment[*segment] : fields_alone_).push_back(field);
  }
  for (std::size_t segment = 0; segment < fields_of_segment.size(); ++segment)
    add_new_numbers(fields_of_segment[segment], cells_->segment_size(segment), by_number_[segment]);
}

void CellSums::add_new_numbers(std::span<const std::size_t> fields, std::size_t numbers, std::vector<KeyedHash>& sums) {
  const std::size_t known = sums.size();
  sums.resize(numbers);
  for (const std::size_t field : fields) {
    const auto codes = cells_->codes_by_number(field);
    for (std::size_t number = known; number < numbers; ++number) add(sums[number], hash_of(field, codes[number]));
  }
}

KeyedHash CellSums::of_row(std::size_t row) {
  KeyedHash sum;
  for (std::size_t i = 0; i < by_number_.size(); ++i) add(sum, by_number_[i][cells_->numbers(i)[row]]);
  for (const std::size_t field : fields_alone_) add(sum, hash_of(field, cells_->field(field).code(row)));
  return sum;
}

KeyedHash CellSums::hash_of(std::size_t field, std::uint32_t code) {
  if (code == kNullIndex) return {};
  std::vector<KeyedHash>& known = by_text_[field];
  while (known.size() <= code) known.push_back(hash_cell_(field, static_cast<std::uint32_t>(known.size())));
  return known[code];
}

void CellSums::forget() {
  for (auto& known : by_text_) known.clear();
}

}  // namespace apportion
