#include "foundation/money/money.h"

#include <fmt/format.h>

namespace apportion {
namespace {

Error two_currencies(const Money& left, const char* sign, const Money& right) {
  return {ErrorId::kMixedCurrenciesInSum, "amounts of two currencies cannot be put together",
          fmt::format("{} {} {}", left.to_string(), sign, right.to_string()),
          fmt::format("one is in {}, the other in {}", left.currency().code(), right.currency().code()),
          "convert one of them with a dated exchange rate, or keep one total for each currency"};
}

}  // namespace

Result<Money> Money::plus(const Money& other) const {
  if (currency_ != other.currency_) return two_currencies(*this, "+", other);
  return Money(amount_ + other.amount_, currency_);
}

Result<Money> Money::minus(const Money& other) const {
  if (currency_ != other.currency_) return two_currencies(*this, "-", other);
  return Money(amount_ - other.amount_, currency_);
}

std::string Money::to_string() const { return fmt::format("{} {}", amount_.to_string(), currency_.code()); }

}  // namespace apportion
