#include "pipeline/normalise/segments.h"

#include <algorithm>
#include <bit>
#include <utility>

#define XXH_INLINE_ALL  // most segments are so short that a call would take as long as the hash
#include <xxhash.h>

#include "pipeline/normalise/keyed_hash.h"

namespace apportion {
namespace {

constexpr std::size_t kSlotsAtFirst = 1024;

// Combinations of the cells of some columns, numbered.
struct Combinations {
  std::vector<std::uint32_t> numbers;  // by row
  std::size_t count = 0;
};

Combinations combinations_of(const LearnedColumn& column) {
  std::vector<bool> is_seen;
  Combinations alone;
  alone.numbers.reserve(column.codes.size());
  for (const std::uint32_t code : column.codes) {
    const std::uint32_t number = code + 1;  // of an empty cell 0
    if (is_seen.size() <= number) is_seen.resize(number + 1);
    if (!is_seen[number]) ++alone.count;
    is_seen[number] = true;
    alone.numbers.push_back(number);
  }
  return alone;
}

Combinations combine(const Combinations& left, const Combinations& right) {
  constexpr std::uint64_t kFree = ~std::uint64_t{0};  // no pair of numbers is as large
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  const std::size_t slots = std::bit_ceil(2 * left.numbers.size() + 2);
  const int shift = 64 - std::countr_zero(slots);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> known(slots, {kFree, 0});
  Combinations both;
  both.numbers.reserve(left.numbers.size());
  for (std::size_t row = 0; row < left.numbers.size(); ++row) {
    const std::uint64_t pair = static_cast<std::uint64_t>(left.numbers[row]) << 32 | right.numbers[row];
    std::size_t at = (pair * kSpread) >> shift;
    while (known[at].first != pair && known[at].first != kFree) at = (at + 1) & (slots - 1);
    if (known[at].first == kFree) known[at] = {pair, static_cast<std::uint32_t>(both.count++)};
    both.numbers.push_back(known[at].second);
  }
  return both;
}

// Whether combinations come back at all. Of those that seldom do in the first rows, most will in a large file.
bool comes_back(std::size_t combinations, std::size_t rows) { return combinations * 20 <= rows * 19; }

// Whether one look-up for both is cheaper than two: each combination that there would not be without the other column
// must be read cell by cell, which takes as long as many look-ups.
bool is_cheaper_together(std::size_t left, std::size_t right, std::size_t both, std::size_t rows) {
  return comes_back(left, rows) == comes_back(right, rows) && both <= std::max(left, right) + rows / 64;
}

}  // namespace

std::vector<ColumnRun> find_segments(std::span<const LearnedColumn> columns) {
  std::vector<ColumnRun> segments;
  const std::size_t rows = columns.empty() ? 0 : columns.front().codes.size();
  Combinations begun;
  ColumnRun run;
  const auto end_segment = [&] {
    if (!begun.numbers.empty() && comes_back(begun.count, rows)) segments.push_back(run);
  };
  for (const LearnedColumn& column : columns) {
    Combinations alone = combinations_of(column);
    if (!begun.numbers.empty() && column.position == run.last + 1) {
      Combinations both = combine(begun, alone);
      if (is_cheaper_together(begun.count, alone.count, both.count, rows)) {
        begun = std::move(both);
        run.last = column.position;
        continue;
      }
    }
    end_segment();
    begun = std::move(alone);
    run = {column.position, column.position};
  }
  end_segment();
  return segments;
}

SegmentTable::SegmentTable(ColumnRun run) : run_(run), slots_(kSlotsAtFirst) {}

void SegmentTable::clear() {
  size_ = 0;
  slots_.assign(kSlotsAtFirst, Slot{});
}

std::span<const std::uint32_t> SegmentTable::number(const RawRecords& records, std::vector<std::uint32_t>& numbers) {
  make_room(records.size());
  hash_records(records);
  return number_hashes(numbers);
}

std::span<const std::uint32_t> SegmentTable::number(std::span<const std::uint32_t> codes, std::size_t width,
                                                    std::vector<std::uint32_t>& numbers) {
  make_room(codes.size() / width);
  hash_codes(codes, width);
  return number_hashes(numbers);
}

std::span<const std::uint32_t> SegmentTable::number_hashes(std::vector<std::uint32_t>& numbers) {
  numbers.resize(hashes_.size());
  new_records_.clear();
  for (std::size_t record = 0; record < hashes_.size(); ++record) {
    Slot& slot = slot_of(hashes_[record]);
    if (slot.number_and_one == 0) {
      slot = {hashes_[record], static_cast<std::uint32_t>(++size_)};
      new_records_.push_back(static_cast<std::uint32_t>(record));
    }
    numbers[record] = slot.number_and_one - 1;
  }
  return new_records_;
}

// All hashes first: meanwhile, the slots come into the cache.
void SegmentTable::hash_records(const RawRecords& records) {
  hashes_.resize(records.size());
  for (std::size_t record = 0; record < hashes_.size(); ++record)
    hash(record, records.fields(record, run_.first, run_.last));
}

void SegmentTable::hash_codes(std::span<const std::uint32_t> codes, std::size_t width) {
  hashes_.resize(codes.size() / width);
  const std::size_t bytes = width * sizeof(std::uint32_t);
  for (std::size_t row = 0; row < hashes_.size(); ++row)
    hash(row, {reinterpret_cast<const char*>(codes.data() + row * width), bytes});
}

void SegmentTable::hash(std::size_t place, std::string_view bytes) {
  const HashSecret& secret = hash_secret_of_process();
  const XXH128_hash_t made = XXH3_128bits_withSecret(bytes.data(), bytes.size(), secret.data(), sizeof secret);
  hashes_[place] = {made.low64, made.high64};
  __builtin_prefetch(&slots_[made.low64 & (slots_.size() - 1)]);
}

SegmentTable::Slot& SegmentTable::slot_of(const Hash& hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash.low & mask;
  while (slots_[at].number_and_one != 0 && slots_[at].hash != hash) at = (at + 1) & mask;
  return slots_[at];
}

void SegmentTable::make_room(std::size_t more) {
  std::size_t slots = slots_.size();
  while (slots < (size_ + more) * 2) slots *= 2;
  if (slots == slots_.size()) return;
  std::vector<Slot> before(slots);
  before.swap(slots_);
  for (const Slot& slot : before) {
    if (slot.number_and_one != 0) slot_of(slot.hash) = slot;
  }
}

}  // namespace apportion
