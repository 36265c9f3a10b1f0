/// CellSums: what the cells of a row say, as a sum of hashes, so that the cells of a segment are added once for each of
/// its numbers and not for each row. Empty cells add nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "pipeline/normalise/cell_reader.h"
#include "pipeline/normalise/keyed_hash.h"

namespace apportion {

class CellSums {
 public:
  /// The hash of a cell of a field that is not empty, by the number of its text.
  using HashCell = std::function<KeyedHash(std::size_t field, std::uint32_t code)>;

  /// `fields` are those that count; plain decimals are not among them. `cells` must outlive it.
  CellSums(const CellReader& cells, std::vector<std::size_t> fields, HashCell hash_cell);

  /// To call before the rows of a batch are asked for.
  void begin_batch();
  KeyedHash of_row(std::size_t row);
  /// To call when the dictionaries of the cells are dropped.
  void forget();

 private:
  void add_new_numbers(std::span<const std::size_t> fields, std::size_t numbers, std::vector<KeyedHash>& sums);
  KeyedHash hash_of(std::size_t field, std::uint32_t code);

  const CellReader* cells_;
  std::vector<std::size_t> fields_;
  HashCell hash_cell_;
  std::vector<std::vector<KeyedHash>> by_number_;  // by segment and its number
  std::vector<std::size_t> fields_alone_;          // in no segment
  std::uint64_t numbering_ = 0;                    // of the cells, that the numbers mean
  std::vector<std::vector<KeyedHash>> by_text_;    // by field and text
};

}  // namespace apportion
