/// Cells of a file whose columns say more than texts: numbers, and numbers of texts (a Parquet file's dictionaries).
///
/// A text is made of a number when somebody asks for it, and is what a cast to text by the engine gives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "foundation/base/text_arena.h"
#include "foundation/money/decimal.h"

namespace apportion {

/// What the numbers of a column say.
struct NumberFormat {
  enum class Kind {
    kDecimal,  ///< `number` * 10^-`scale`.
    kInteger,
    kBoolean,
    kDay,     ///< Since 1970-01-01.
    kMoment,  ///< Parts of a second since 1970-01-01; `scale` says which: 3, 6 or 9.
  };
  Kind kind = Kind::kInteger;
  int precision = 0;    ///< Of a decimal: digits in all, 1 to 38.
  int scale = 0;        ///< Of a decimal: of them, digits behind the point.
  bool in_utc = false;  ///< Of a moment: its text names UTC.

  friend bool operator==(const NumberFormat&, const NumberFormat&) = default;
};

/// The text of a number, put into `arena`.
std::string_view text_of_number(Int128 number, const NumberFormat& format, TextArena& arena);

/// What reading the text of a number as a decimal gives, where that is plain: nothing if the text must be read.
std::optional<Decimal> decimal_of_number(Int128 number, const NumberFormat& format);

/// The values that cells of a column refer to by their position: either texts or numbers.
struct SourceDictionary {
  std::uint64_t id = 0;  ///< No two dictionaries of a process have the same one.
  std::vector<std::string_view> texts;
  std::vector<Int128> numbers;
  NumberFormat format;                ///< Of `numbers`.
  std::shared_ptr<const void> bytes;  ///< What the texts are stored in.

  std::size_t size() const { return texts.size() + numbers.size(); }
  /// A text that is made goes into `arena`.
  std::string_view text(std::size_t place, TextArena& arena) const {
    return numbers.empty() ? texts[place] : text_of_number(numbers[place], format, arena);
  }
};

/// Of an empty cell.
inline constexpr std::uint32_t kNoPlace = 0xffffffff;

/// The cells of a column by places in a dictionary.
struct CodedCells {
  std::shared_ptr<const SourceDictionary> dictionary;
  std::vector<std::uint32_t> places;  ///< By row; kNoPlace for an empty cell.
};

/// The cells of a column as numbers.
struct NumberCells {
  NumberFormat format;
  std::vector<Int128> numbers;        ///< By row.
  std::vector<std::uint8_t> present;  ///< By row: 0 for an empty cell.
};

}  // namespace apportion
