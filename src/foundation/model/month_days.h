/// MonthDays: a set of days of one month.
#pragma once

#include <cstdint>

namespace apportion {

class MonthDays {
 public:
  constexpr MonthDays() = default;
  /// Bit 0 is the first of the month.
  static constexpr MonthDays from_bits(std::uint32_t bits) { return MonthDays(bits); }
  constexpr std::uint32_t bits() const { return bits_; }

  /// `day_of_month`: 1 to 31.
  constexpr void add(int day_of_month) { bits_ |= std::uint32_t{1} << (day_of_month - 1); }
  constexpr void add(MonthDays others) { bits_ |= others.bits_; }
  constexpr bool contains(int day_of_month) const { return (bits_ >> (day_of_month - 1) & 1) != 0; }
  constexpr MonthDays without(MonthDays others) const { return MonthDays(bits_ & ~others.bits_); }
  constexpr bool is_empty() const { return bits_ == 0; }

  friend constexpr bool operator==(MonthDays, MonthDays) = default;

 private:
  explicit constexpr MonthDays(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_ = 0;
};

}  // namespace apportion
