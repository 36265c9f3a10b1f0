/// RawRecords: records of a CSV file whose fields lie where they stand in the file, with their quotes.
///
/// Who has seen the bytes of some fields before need not cut them out again.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "foundation/base/text_arena.h"

namespace apportion {

struct RawRecords {
  const char* bytes = nullptr;  ///< That the positions count from; null: there are no records.
  std::size_t columns = 0;
  /// Record after record, `columns + 1` positions: where each field starts, and where the record's line feed ends.
  std::vector<std::uint32_t> starts;

  std::size_t size() const { return starts.size() / (columns + 1); }

  /// The bytes of the fields `first` to `last` of a record, with the commas between them.
  std::string_view fields(std::size_t record, std::size_t first, std::size_t last) const {
    const std::uint32_t* of_record = starts.data() + record * (columns + 1);
    return {bytes + of_record[first], of_record[last + 1] - of_record[first] - 1};
  }

  /// What a field says. A text that is written with doubled quotes is put into `arena`, all others stay where they are.
  std::string_view text(std::size_t record, std::size_t column, TextArena& arena) const;
};

}  // namespace apportion
