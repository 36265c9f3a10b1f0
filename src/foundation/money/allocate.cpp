#include "foundation/money/allocate.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include <boost/multiprecision/cpp_int.hpp>

#include "foundation/base/check.h"
#include "foundation/money/units.h"

namespace apportion {
namespace {

using boost::multiprecision::uint256_t;

// The units of a decimal are fewer than 10^38.
constexpr UInt128 kUnitsMax = UInt128{Decimal::kUnitsPerOne} * 100 * Decimal::kUnitsPerOne - 1;

// Adds `step` to the `count` parts with the largest remainders, ties to the earlier part.
template <class Units, class Remainder>
void raise_largest(std::vector<Units>& parts, const std::vector<Remainder>& remainders, std::size_t count, Units step) {
  if (count == 0) return;
  APPORTION_CHECK(count <= parts.size(), "more units are left over than there are parts");
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto comes_first = [&remainders](std::size_t left, std::size_t right) {
    if (remainders[left] != remainders[right]) return remainders[left] > remainders[right];
    return left < right;
  };
  const auto raised_end = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(order.begin(), raised_end - 1, order.end(), comes_first);
  std::for_each(order.begin(), raised_end, [&parts, step](std::size_t part) { parts[part] += step; });
}

std::vector<Decimal> to_decimals(const std::vector<Int128>& units, bool negative) {
  std::vector<Decimal> decimals;
  decimals.reserve(units.size());
  for (const Int128 part : units) decimals.push_back(Decimal::from_units(negative ? -part : part));
  return decimals;
}

// `Unsigned` must hold `total` times the sum of the weights.
template <class Unsigned>
std::vector<Int128> allocate_units(UInt128 total, const std::vector<UInt128>& weights) {
  Unsigned weight_sum = 0;
  for (const UInt128 weight : weights) weight_sum += weight;
  std::vector<Int128> parts(weights.size());
  std::vector<Unsigned> remainders(weights.size());
  UInt128 left_over = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Unsigned product = Unsigned(total) * weights[i];
    const Unsigned share = product / weight_sum;
    remainders[i] = product - share * weight_sum;
    parts[i] = static_cast<Int128>(static_cast<UInt128>(share));
    left_over -= static_cast<UInt128>(share);
  }
  raise_largest(parts, remainders, static_cast<std::size_t>(left_over), Int128{1});
  return parts;
}

// The weights without their common power of two. Shares stay the same, and whole or nearly whole weights, being
// multiples of a high power of ten, become small enough for 128 bits.
std::vector<UInt128> reduced_weights(std::span<const Decimal> weights) {
  UInt128 bits = 0;
  for (const Decimal weight : weights) {
    APPORTION_CHECK(!weight.is_negative(), "a weight is negative");
    bits |= magnitude(weight);
  }
  APPORTION_CHECK(bits != 0, "all weights are zero");
  const auto low_bits = static_cast<std::uint64_t>(bits);
  const int shift = low_bits == 0 ? 64 : std::countr_zero(low_bits);
  std::vector<UInt128> reduced;
  reduced.reserve(weights.size());
  for (const Decimal weight : weights) reduced.push_back(magnitude(weight) >> shift);
  return reduced;
}

bool fits_128_bits(UInt128 total, const std::vector<UInt128>& weights) {
  UInt128 sum = 0;
  for (const UInt128 weight : weights) {
    if (__builtin_add_overflow(sum, weight, &sum)) return false;
  }
  UInt128 product = 0;
  return !__builtin_mul_overflow(total, sum, &product);
}

// Bills that differ only in their signs must round alike, so one of the two is always rounded in place of the other.
bool is_mirrored(Decimal total, std::span<const Decimal> parts) {
  if (!total.is_zero()) return total.is_negative();
  const auto first = std::find_if(parts.begin(), parts.end(), [](Decimal part) { return !part.is_zero(); });
  return first != parts.end() && first->is_negative();
}

// `amount` rounded half to even to a multiple of `step` units.
Decimal rounded_to_step(Decimal amount, UInt128 step) {
  const UInt128 units = magnitude(amount);
  const UInt128 quotient = units / step;
  const UInt128 steps = quotient + (rounds_up(quotient, units % step, step) ? 1 : 0);
  return with_sign(steps * step, amount.is_negative());
}

}  // namespace

std::vector<Decimal> allocate(Decimal total, std::span<const Decimal> weights) {
  const std::vector<UInt128> reduced = reduced_weights(weights);
  const UInt128 units = magnitude(total);
  const bool narrow = fits_128_bits(units, reduced);
  const auto parts = narrow ? allocate_units<UInt128>(units, reduced) : allocate_units<uint256_t>(units, reduced);
  return to_decimals(parts, total.is_negative());
}

std::optional<std::vector<Decimal>> allocate_like(Decimal total, std::span<const Decimal> amounts) {
  std::vector<Decimal> weights;
  for (const Decimal amount : amounts) weights.push_back(amount.is_negative() ? amount.negated() : amount);
  if (std::ranges::all_of(weights, [](Decimal weight) { return weight.is_zero(); })) return std::nullopt;
  return allocate(total, weights);
}

std::optional<std::vector<Decimal>> allocate_in_proportion(Decimal total, std::span<const Decimal> amounts) {
  Decimal sum;
  for (const Decimal amount : amounts) sum += amount;
  if (total.is_zero()) return std::vector<Decimal>(amounts.size());
  if (sum.is_zero() || sum.is_negative() != total.is_negative()) return std::nullopt;
  // Those with the sign of the sum, and those against it: zero among the others.
  std::vector<Decimal> with(amounts.size());
  std::vector<Decimal> against(amounts.size());
  Decimal sum_with;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const bool is_with = amounts[i].is_negative() == sum.is_negative();
    (is_with ? with : against)[i] = Decimal::from_units(static_cast<Int128>(magnitude(amounts[i])));
    if (is_with) sum_with += with[i];
  }
  const uint256_t share = uint256_t(magnitude(total)) * magnitude(sum_with) / magnitude(sum);
  if (share > uint256_t(kUnitsMax)) return std::nullopt;
  const Decimal total_with = with_sign(static_cast<UInt128>(share), total.is_negative());
  std::vector<Decimal> parts = allocate(total_with, with);
  const Decimal rest = total - total_with;
  if (rest.is_zero()) return parts;
  const std::vector<Decimal> parts_against = allocate(rest, against);
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] += parts_against[i];
  return parts;
}

std::vector<Decimal> round_to_minor_units(std::span<const Decimal> parts, int minor_digits) {
  APPORTION_CHECK(minor_digits >= 0 && minor_digits <= Decimal::kScale, "minor digits are 0 to 18");
  Int128 step = 1;
  for (int digits = minor_digits; digits < Decimal::kScale; ++digits) step *= 10;

  Decimal total;
  for (const Decimal part : parts) total += part;
  const bool mirrored = is_mirrored(total, parts);
  if (mirrored) total = total.negated();

  std::vector<Int128> floors;
  std::vector<Int128> remainders;
  // What the rounded total is over the sum of the floors.
  Int128 excess = rounded_to_step(total, static_cast<UInt128>(step)).units() - total.units();
  for (const Decimal part : parts) {
    const Int128 units = mirrored ? -part.units() : part.units();
    const Int128 cut = units % step;
    remainders.push_back(cut < 0 ? cut + step : cut);
    floors.push_back(units - remainders.back());
    excess += remainders.back();
  }
  raise_largest(floors, remainders, static_cast<std::size_t>(excess / step), step);
  return to_decimals(floors, mirrored);
}

}  // namespace apportion
