#include "foundation/money/rounded_down.h"

#include <boost/multiprecision/cpp_int.hpp>

#include "foundation/base/check.h"
#include "foundation/money/units.h"

namespace apportion {

std::optional<Decimal> product_rounded_down(Decimal left, Decimal right, int places) {
  using boost::multiprecision::uint256_t;
  APPORTION_CHECK(places >= 0 && places <= Decimal::kScale, "there are no such decimal places");
  const auto one = static_cast<UInt128>(Decimal::kUnitsPerOne);
  UInt128 step = 1;  // the last place that stays, in units
  for (int place = places; place < Decimal::kScale; ++place) step *= 10;
  const uint256_t product = uint256_t(magnitude(left)) * magnitude(right);
  const uint256_t units = product / (uint256_t(one) * step) * step;
  if (units >= uint256_t(one) * one * 100) return std::nullopt;
  return with_sign(static_cast<UInt128>(units), left.is_negative() != right.is_negative());
}

}  // namespace apportion
