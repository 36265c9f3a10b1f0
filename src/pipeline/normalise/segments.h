/// Segments: neighbouring columns of a file whose cells come back together.
///
/// Who has a tenant has its name, and who has a meter has its category, unit and service: a few combinations of cells
/// stand for all rows. So the bytes of a segment of a CSV file are looked up once, and say all its cells; only bytes
/// that are new are cut into cells. Where cells have codes already (Parquet), rows are numbered by the codes of a
/// segment. Which columns hang together is learned from the first rows of a file. Nothing depends on it but speed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "foundation/model/raw_records.h"

namespace apportion {

/// The columns of a file from `first` to `last`.
struct ColumnRun {
  std::size_t first = 0;
  std::size_t last = 0;
  friend bool operator==(const ColumnRun&, const ColumnRun&) = default;
};

/// The cells of a column in the first rows of a file.
struct LearnedColumn {
  std::size_t position = 0;          ///< In the file.
  std::vector<std::uint32_t> codes;  ///< By row; equal cells have equal codes.
};

/// Finds the segments among columns, which are in the order of the file and have equally many rows. Columns whose cells
/// seldom come back are in none.
std::vector<ColumnRun> find_segments(std::span<const LearnedColumn> columns);

/// Numbers for the bytes of a segment. Bytes are known by a hash of 128 bits with a secret of this process, so that no
/// file can be written whose bytes are taken for others.
class SegmentTable {
 public:
  explicit SegmentTable(ColumnRun run);

  /// Gives each record the number of its bytes; they count from 0. Returns the records whose bytes are new, in the
  /// order of their numbers.
  std::span<const std::uint32_t> number(const RawRecords& records, std::vector<std::uint32_t>& numbers);

  /// The same for rows whose cells are known by codes, `width` of them a row, row by row.
  std::span<const std::uint32_t> number(std::span<const std::uint32_t> codes, std::size_t width,
                                        std::vector<std::uint32_t>& numbers);

  const ColumnRun& run() const { return run_; }
  /// How many numbers there are.
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return slots_.size() * sizeof(Slot); }
  void clear();

 private:
  struct Hash {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Hash&, const Hash&) = default;
  };
  struct Slot {
    Hash hash;
    std::uint32_t number_and_one = 0;  // 0: the slot is free
  };

  Slot& slot_of(const Hash& hash);
  void hash_records(const RawRecords& records);
  void hash_codes(std::span<const std::uint32_t> codes, std::size_t width);
  void hash(std::size_t place, std::string_view bytes);
  std::span<const std::uint32_t> number_hashes(std::vector<std::uint32_t>& numbers);
  void make_room(std::size_t more);

  ColumnRun run_;
  std::size_t size_ = 0;
  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  std::vector<Hash> hashes_;
  std::vector<std::uint32_t> new_records_;
};

}  // namespace apportion
