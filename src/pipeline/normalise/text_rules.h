/// Text rules: which canonical text column comes from which field, through which translation. Data, run by RuleRunner.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/normalise/cell_reader.h"
#include "pipeline/normalise/charge_file.h"

namespace apportion {

using Translate = std::string (*)(std::string_view);
using TranslatePair = std::string (*)(std::string_view, std::string_view);

/// A column that depends on one field. Without `translate` the text is used unchanged. An empty result is an empty
/// cell.
struct TextRule {
  std::string_view column;
  std::size_t field;
  Translate translate = nullptr;
};

/// A column that depends on two fields.
struct PairRule {
  std::string_view column;
  std::size_t first_field;
  std::size_t second_field;
  TranslatePair translate;
};

struct TextRules {
  std::span<const TextRule> singles;
  std::span<const PairRule> pairs;
};

/// Runs text rules over batches; each distinct text, or pair of texts, is translated once.
class RuleRunner {
 public:
  RuleRunner(const TextRules& rules, Pools& pools, const CellReader& cells);

  /// Appends the columns of all rules for some rows of the current batch.
  void append(ChargeFile& file, std::span<const std::uint32_t> rows);
  /// Numbers of one column for all rows of the current batch, in `dictionary(column)`.
  void codes_of(std::string_view column, std::vector<std::uint32_t>& codes);
  const TextDictionary& dictionary(std::string_view column) const;
  void forget();

 private:
  struct Single {
    TextRule rule;
    std::size_t column;
    TextDictionary results;
    std::vector<std::uint32_t> by_text;  // kNotYet until requested
    std::uint32_t of_empty;
  };
  struct Pair {
    PairRule rule;
    std::size_t column;
    TextDictionary results;
    PairMemo memo;
  };

  std::uint32_t code(Single& single, std::size_t row);
  std::uint32_t code(Pair& pair, std::size_t row);

  const CellReader* cells_;
  std::vector<Single> singles_;
  std::vector<Pair> pairs_;
};

}  // namespace apportion
