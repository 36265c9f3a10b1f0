/// Draws: random numbers without state. Every draw is a function of (seed, stream, index), so that row 90 million of a
/// month is generated without the rows before it, and is the same on every machine.
#pragma once

#include <cstdint>

#include "foundation/base/date.h"
#include "foundation/money/decimal.h"

namespace apportion::sample {

/// What a draw is for. Streams are independent: a new one does not change the numbers of the others.
enum class Stream : std::uint64_t {
  kPartner = 1,
  kCustomer,
  kTenant,
  kSubscription,
  kCommitment,
  kCommitmentDay,
  kMeter,
  kRate,
  kUsage,
  kResource,
  kCoverage,
  kMarketplace,
  kSeats,
  kRefund,
  kRounding,
  kFirewall,
  kRun,
  kDialect,
  kCellCase,
  kInvoice,
};

/// The finaliser of splitmix64: every bit of the input moves about half of the output.
constexpr std::uint64_t scramble(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

constexpr std::uint64_t draw_key(std::uint64_t key, std::uint64_t index) {
  return scramble(key + 0x9E3779B97F4A7C15U * (index + 1));
}

/// A month as an index of draws.
inline std::uint64_t month_index(Month month) {
  return static_cast<std::uint64_t>(month.year()) * 12 + static_cast<std::uint64_t>(month.month());
}

/// A sequence of draws for one thing. Cheap to create; copies continue independently.
class Draws {
 public:
  constexpr Draws(std::uint64_t seed, Stream stream, std::uint64_t index, std::uint64_t sub_index = 0)
      : key_(draw_key(draw_key(draw_key(scramble(seed), static_cast<std::uint64_t>(stream)), index), sub_index)) {}

  constexpr std::uint64_t next() { return draw_key(key_, counter_++); }

  /// 0 to `bound` - 1.
  constexpr std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((UInt128{next()} * bound) >> 64U);
  }
  /// `low` to `high`, both included.
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// True `count` times in a thousand.
  constexpr bool per_mille(std::uint64_t count) { return below(1000) < count; }

  /// 0 to `bound` - 1, skewed: the first tenth is drawn about half of the time.
  constexpr std::uint64_t heavy_tailed_below(std::uint64_t bound) {
    const UInt128 once = next() >> 32U;
    const UInt128 cubed = once * once * once;
    return static_cast<std::uint64_t>(((cubed >> 64U) * bound) >> 32U);
  }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace apportion::sample
