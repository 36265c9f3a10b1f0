/// ChargeFile: collects charges column by column and writes them to a Parquet file of the lake, a row group at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/charge_columns.h"
#include "foundation/money/decimal.h"
#include "lake/parquet_writer.h"
#include "pipeline/normalise/text_dictionary.h"

namespace apportion {

/// Distinct values of a type, with numbers.
template <class Value>
class ValuePool {
 public:
  std::uint32_t number_of(Value value) {
    const auto [found, added] = numbers_.try_emplace(key_of(value), static_cast<std::uint32_t>(values_.size()));
    if (added) values_.push_back(value);
    return found->second;
  }
  std::span<const Value> values() const { return values_; }
  void clear() {
    values_.clear();
    numbers_.clear();
  }

 private:
  struct KeyHash {
    std::size_t operator()(Int128 key) const {
      return std::hash<std::uint64_t>()(static_cast<std::uint64_t>(key) * 31 + static_cast<std::uint64_t>(key >> 64));
    }
  };
  static Int128 key_of(Decimal value) { return value.units(); }
  static Int128 key_of(std::int64_t value) { return value; }
  static Int128 key_of(std::int32_t value) { return value; }

  std::vector<Value> values_;
  std::unordered_map<Int128, std::uint32_t, KeyHash> numbers_;
};

/// The pools that the numbers of coded columns mean. Shared by the files of one sink; owned by it.
struct Pools {
  std::vector<const TextDictionary*> texts;  ///< By canonical column; null: the column is empty throughout.
  ValuePool<Decimal> decimals;
  ValuePool<std::int32_t> days;
  ValuePool<std::int64_t> integers;
};

class ChargeFile {
 public:
  /// `path` is created when the first row group is written: no rows, no file.
  ChargeFile(std::filesystem::path path, const Pools& pools);

  /// Begins rows. What their numbers are in segments comes first, if there are any; then their cells.
  void begin_rows();
  void append_numbers(std::size_t segment, std::span<const std::uint32_t> numbers_by_row,
                      std::span<const std::uint32_t> rows);
  /// The cells of the begun rows in a coded column are what `codes` has for their numbers. Until the row group is
  /// written or `spell_out` is called, `codes` stays where it is and may only grow.
  void append_by_number(std::size_t column, std::size_t segment, const std::vector<std::uint32_t>& codes);
  /// To call before numbers mean something else: puts cells in the place of the numbers that wait.
  void spell_out();

  /// Numbers of the cells of a coded column so far; the caller appends one for each row.
  std::vector<std::uint32_t>& codes(std::size_t column) {
    spell_out(cells_[column]);
    return cells_[column].codes;
  }
  std::vector<Decimal>& decimals(std::size_t column) { return cells_[column].decimals; }
  std::vector<std::uint8_t>& present(std::size_t column) { return cells_[column].present; }
  std::vector<std::int64_t>& integers(std::size_t column) { return cells_[column].integers; }

  /// Reports that `rows` rows were appended; columns that got no cells are filled with empty ones.
  void end_rows(std::size_t rows);
  std::size_t rows_waiting() const { return rows_; }
  Result<void> write_row_group();
  /// Writes what is pending, and the footer. `false` when there was no row and so no file.
  Result<bool> finish();

  const std::filesystem::path& path() const { return path_; }
  std::int64_t rows_written() const { return writer_ == nullptr ? 0 : writer_->rows_written(); }
  std::int64_t bytes_written() const { return writer_ == nullptr ? 0 : writer_->bytes_written(); }

 private:
  struct Cells {
    std::vector<std::uint32_t> codes;
    std::vector<Decimal> decimals;
    std::vector<std::uint8_t> present;
    std::vector<std::int64_t> integers;
    // Cells that wait as numbers of a segment are not in `codes`.
    const std::vector<std::uint32_t>* codes_by_number = nullptr;
    std::size_t segment = 0;
    std::size_t rows_numbered = 0;
  };
  // The numbers of the rows that wait, in one segment.
  struct Numbers {
    std::vector<std::uint32_t> by_row;
    std::size_t begun = 0;                // where the begun rows start
    std::vector<std::uint32_t> distinct;  // in the order in which they come
    std::vector<std::uint32_t> places;    // by row: the position in `distinct`
  };
  struct Mark {
    std::uint32_t round = 0;
    std::uint32_t number = 0;
  };

  void spell_out(Cells& cells);
  void find_distinct(Numbers& numbers);
  template <class Value>
  void renumber(std::vector<std::uint32_t>& codes, std::span<const Value> values, std::vector<Value>& used);
  template <class Value>
  std::span<const std::uint32_t> compact(Cells& cells, std::span<const Value> values, std::vector<Value>& used);
  void write_column(std::size_t column);

  std::filesystem::path path_;
  const Pools* pools_;
  std::vector<Cells> cells_;
  std::vector<Numbers> numbers_;  // by segment
  std::size_t rows_ = 0;
  std::unique_ptr<ParquetWriter> writer_;
  std::vector<Mark> marks_;
  std::uint32_t round_ = 0;
  std::vector<std::uint32_t> codes_of_distinct_, codes_of_rows_;
  std::vector<std::string_view> used_texts_;
  std::vector<Decimal> used_decimals_;
  std::vector<std::int32_t> used_days_;
  std::vector<std::int64_t> used_integers_;
};

/// The columns of a charge file as the Parquet writer knows them.
std::vector<ParquetColumn> parquet_charge_columns();

/// Whether a DECIMAL column is written cell by cell (costs and quantities, mostly distinct) or by number (prices and
/// rates).
bool is_plain_decimal(std::size_t column);
/// Whether a BIGINT column counts up (row ids, lines).
bool is_counting_integer(std::size_t column);

}  // namespace apportion
