#include "foundation/money/money.h"

#include <span>

#include "foundation/base/count_text.h"
#include "foundation/money/allocate.h"

#include <fmt/format.h>

namespace apportion {
namespace {

Error two_currencies(const Money& left, const char* sign, const Money& right) {
  return {ErrorId::kMixedCurrenciesInSum, "amounts in two currencies cannot be combined",
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

std::string shown_exact_amount(Decimal amount) { return with_digits_grouped(amount.to_string()); }

std::string shown_percentage(Decimal percentage) {
  constexpr int kDigits = 2;
  return round_to_minor_units(std::span(&percentage, 1), kDigits).front().to_string();
}

std::string shown_amount(Decimal amount, Currency currency) {
  const auto digits = currency.minor_digits();
  if (!digits) return shown_exact_amount(amount);
  const Decimal rounded = round_to_minor_units(std::span(&amount, 1), *digits).front();
  std::string text = shown_exact_amount(rounded);
  const auto point = text.find('.');
  std::size_t behind = point == std::string::npos ? 0 : text.size() - point - 1;
  if (point == std::string::npos && *digits > 0) text += '.';
  for (; behind < static_cast<std::size_t>(*digits); ++behind) text += '0';
  return text;
}

}  // namespace apportion
