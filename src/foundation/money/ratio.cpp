#include "foundation/money/ratio.h"

#include <boost/multiprecision/cpp_int.hpp>

#include "foundation/base/check.h"
#include "foundation/money/units.h"

namespace apportion {
namespace {

using boost::multiprecision::uint256_t;

constexpr std::uint64_t kPercentUnits = 100'000'000;       // a whole, in 10^-6 percent
constexpr std::uint64_t kUnitsOfStep = 1'000'000'000'000;  // 10^-6 in units of a Decimal

uint256_t rounded_quotient(const uint256_t& dividend, const uint256_t& divisor) {
  uint256_t quotient = dividend / divisor;
  const uint256_t remainder = dividend - quotient * divisor;
  if (rounds_up(quotient, remainder, divisor)) quotient += 1;
  return quotient;
}

}  // namespace

std::optional<Decimal> percent_of(Decimal part, Decimal whole) {
  if (whole.is_zero()) return std::nullopt;
  const uint256_t steps = rounded_quotient(uint256_t(magnitude(part)) * kPercentUnits, uint256_t(magnitude(whole)));
  const uint256_t units = steps * kUnitsOfStep;
  const auto one = static_cast<UInt128>(Decimal::kUnitsPerOne);
  if (units >= uint256_t(one) * one * 100) return std::nullopt;
  return with_sign(static_cast<UInt128>(units), part.is_negative() != whole.is_negative());
}

std::optional<Decimal> at_rate(Decimal amount, Decimal rate) {
  APPORTION_CHECK(!rate.is_zero(), "an amount is divided by a rate of zero");
  const auto one = static_cast<UInt128>(Decimal::kUnitsPerOne);
  const uint256_t units = rounded_quotient(uint256_t(magnitude(amount)) * one, uint256_t(magnitude(rate)));
  if (units >= uint256_t(one) * one * 100) return std::nullopt;
  return with_sign(static_cast<UInt128>(units), amount.is_negative() != rate.is_negative());
}

Decimal divided_by(Decimal amount, std::int64_t divisor) {
  APPORTION_CHECK(divisor != 0, "an amount is divided by zero");
  const UInt128 by = divisor < 0 ? -static_cast<UInt128>(divisor) : static_cast<UInt128>(divisor);
  const UInt128 units = magnitude(amount);
  const UInt128 quotient = units / by;
  const UInt128 rounded = quotient + (rounds_up(quotient, units % by, by) ? 1 : 0);
  return with_sign(rounded, amount.is_negative() != (divisor < 0));
}

}  // namespace apportion
