/// Money: a decimal amount of one currency. Two currencies are never added.
#pragma once

#include <string>

#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"

namespace apportion {

class Money {
 public:
  Money(Decimal amount, Currency currency) : amount_(amount), currency_(currency) {}

  Decimal amount() const { return amount_; }
  Currency currency() const { return currency_; }

  /// The sum; an error when the currencies differ.
  Result<Money> plus(const Money& other) const;
  Result<Money> minus(const Money& other) const;

  /// `12.5 EUR`
  std::string to_string() const;

  friend bool operator==(const Money&, const Money&) = default;

 private:
  Decimal amount_;
  Currency currency_;
};

/// An amount for people: rounded (half to even) to the currency's minor unit, with thousands separators, such as
/// `-1,234.50`. With all digits if the minor unit is unknown.
std::string shown_amount(Decimal amount, Currency currency);

/// A percentage for people: rounded (half to even) to two decimals, such as `83.33`.
std::string shown_percentage(Decimal percentage);
/// The same with all digits.
std::string shown_exact_amount(Decimal amount);

}  // namespace apportion
