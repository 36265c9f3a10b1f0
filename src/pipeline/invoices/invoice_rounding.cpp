#include "pipeline/invoices/invoice_rounding.h"

#include "foundation/money/rounded_down.h"

namespace apportion {
namespace {

constexpr int kPlaces = 2;  // in every currency: the rule knows no others

std::optional<Decimal> as_consumption(Decimal price, Decimal quantity, Decimal rate) {
  const auto priced = product_rounded_down(price, quantity, kPlaces);
  return priced ? product_rounded_down(*priced, rate, kPlaces) : std::nullopt;
}

std::optional<Decimal> as_licence(Decimal price, Decimal quantity, Decimal rate) {
  const auto billed = product_rounded_down(price, rate, kPlaces);
  if (!billed) return std::nullopt;
  const DecimalProduct product = multiply(*billed, quantity);
  return product.overflow ? std::nullopt : std::optional(product.value);
}

}  // namespace

std::optional<Decimal> taken_by_rounding(const InvoiceLine& line) {
  if (!line.unit_price || !line.quantity) return std::nullopt;
  const Decimal rate = line.exchange_rate.value_or(Decimal::from_integer(1));
  const DecimalProduct exact = multiply(*line.unit_price, *line.quantity, rate);
  if (exact.overflow) return std::nullopt;
  const bool follows_a_rule = as_consumption(*line.unit_price, *line.quantity, rate) == line.amount ||
                              as_licence(*line.unit_price, *line.quantity, rate) == line.amount;
  return follows_a_rule ? std::optional(exact.value - line.amount) : std::nullopt;
}

}  // namespace apportion
