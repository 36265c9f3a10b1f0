/// Text rules: which canonical text column comes from which field, through which translation. Data, run by RuleRunner.
#pragma once

#include <cstdint>
#include <optional>
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

/// Appends to a coded column what `make(code)` says of the cells of a field; `make` is called once for each number of
/// the field's segment, which `by_number` keeps until numbers mean something else.
template <class Make>
void append_by_text(ChargeFile& file, std::size_t column, const CellReader& cells, std::size_t field,
                    std::vector<std::uint32_t>& by_number, std::span<const std::uint32_t> rows, Make make) {
  if (const auto segment = cells.segment_of(field)) {
    const auto texts = cells.codes_by_number(field);
    while (by_number.size() < texts.size()) by_number.push_back(make(texts[by_number.size()]));
    file.append_by_number(column, *segment, by_number);
    return;
  }
  const FieldCells& texts = cells.field(field);
  auto& codes = file.codes(column);
  std::optional<std::uint32_t> last_text;
  std::uint32_t last_code = kNullIndex;
  for (const std::uint32_t row : rows) {
    if (last_text != texts.code(row)) last_code = make(*(last_text = texts.code(row)));
    codes.push_back(last_code);
  }
}

/// Runs text rules over batches; each distinct text, or pair of texts, is translated once.
class RuleRunner {
 public:
  RuleRunner(const TextRules& rules, Pools& pools, const CellReader& cells);

  /// Appends the columns of all rules for some rows of the current batch.
  void append(ChargeFile& file, std::span<const std::uint32_t> rows);
  /// Numbers of one column for all rows of the current batch, in `dictionary(column)`.
  void codes_of(std::string_view column, std::vector<std::uint32_t>& codes);
  const TextDictionary& dictionary(std::string_view column) const;
  /// Bytes of the texts that the rules made.
  std::size_t dictionary_bytes() const;
  void forget();
  /// To call when the numbers of segments mean something else than before.
  void forget_numbers();

 private:
  struct Single {
    TextRule rule;
    std::size_t column;
    TextDictionary results;
    std::vector<std::uint32_t> by_text;  // kNotYet until requested
    std::uint32_t of_empty;
    std::vector<std::uint32_t> by_number;
  };
  struct Pair {
    PairRule rule;
    std::size_t column;
    TextDictionary results;
    PairMemo memo;
    std::vector<std::uint32_t> by_number;
  };

  std::uint32_t code(Single& single, std::uint32_t text);
  std::uint32_t code(Pair& pair, std::uint32_t first_text, std::uint32_t second_text);
  std::optional<std::size_t> segment_of(const PairRule& rule) const;
  void append(Pair& pair, ChargeFile& file, std::span<const std::uint32_t> rows);

  const CellReader* cells_;
  std::vector<Single> singles_;
  std::vector<Pair> pairs_;
};

}  // namespace apportion
