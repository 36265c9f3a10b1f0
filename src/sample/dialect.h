/// Dialect: the oddities of one file. Real exports differ in header case, names, order, line ends and the format of
/// their values; a dialect says which of these a run shows. The values stay the same.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sample/columns.h"
#include "sample/row_text.h"

namespace apportion::sample {

enum class Quirk : std::size_t {
  kByteOrderMark,
  kHeaderCase,
  kSynonyms,
  kReordered,
  kUnknownColumns,
  kCrlf,
  kNewlinesInTags,
  kExponents,
  kEmptyPart,
  kBlanksInBlobNames,
  kMixedGuidCase,
  kIsoDates,
  kLocalizedHeaders,
  kQuotedAll,
  kTrailingBlankLine,
  kTagsWithBraces,
  kCreditInPercent,
  kWrongEffectiveCost,
  kTextColumns,
  kZeroGuids,
  kCount,
};

class Dialect {
 public:
  /// A file without oddities.
  Dialect() = default;
  /// The oddities of run `run_number`, each drawn independently.
  static Dialect draw(std::uint64_t seed, std::uint64_t run_number);

  bool has(Quirk quirk) const { return quirks_.test(static_cast<std::size_t>(quirk)); }
  bool is_plain() const { return quirks_.none(); }
  void add(Quirk quirk) { quirks_.set(static_cast<std::size_t>(quirk)); }
  std::uint64_t key() const { return key_; }

 private:
  std::bitset<static_cast<std::size_t>(Quirk::kCount)> quirks_;
  std::uint64_t key_ = 0;
};

/// A column of a file: where its value comes from, and its name in the file.
struct FileColumn {
  int source;  ///< Place in the row, or -1 for an unknown column.
  std::string header;
  CellKind kind;
  bool percent = false;    ///< A rate that this file gives in percent.
  bool zero_guid = false;  ///< An id that this file writes as a GUID of zeros if there is none.
};

/// The columns of a file in a dialect. `cost_file` allows what only cost files have: synonyms and localized headers.
std::vector<FileColumn> file_columns(std::span<const Column> columns, const Dialect& dialect, bool cost_file);

/// The value of a cell as this dialect writes it. The result is `cell` itself or points into `scratch`.
std::string_view dress_cell(std::string_view cell, const FileColumn& column, const Dialect& dialect, std::uint64_t row,
                            std::string& scratch);

}  // namespace apportion::sample
