// Code that must not compile: each case, selected by a macro, is a mistake that would lose money in silence. Without a
// case this file must compile, so that a case cannot fail for a reason of the scaffold.
#include <cstdint>
#include <string>

#include "foundation/base/result.h"
#include "foundation/base/strong.h"
#include "foundation/money/allocate.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"
#include "foundation/money/money.h"

namespace apportion {

using CustomerId = Strong<struct CustomerTag, std::string>;
using ImportId = Strong<struct ImportTag, std::string>;

Result<void> publish(const ImportId&);
Result<Money> read_amount();

void misuse(Decimal amount, double number, const Money& left, const Money& right, const CustomerId& customer,
            const ImportId& import) {
#if defined(CASE_DECIMAL_FROM_DOUBLE)
  const Decimal made = number;
#elif defined(CASE_DECIMAL_CONSTRUCTED_FROM_DOUBLE)
  const Decimal made(number);
#elif defined(CASE_DECIMAL_ASSIGNED_FROM_DOUBLE)
  amount = number;
#elif defined(CASE_DECIMAL_FROM_INTEGER_IN_SILENCE)
  const Decimal made = 5;
#elif defined(CASE_UNITS_FROM_DOUBLE)
  const Decimal made = Decimal::from_units(1.5);
#elif defined(CASE_UNITS_FROM_FLOAT)
  const Decimal made = Decimal::from_units(1.5F);
#elif defined(CASE_INTEGER_FROM_DOUBLE)
  const Decimal made = Decimal::from_integer(1.5);
#elif defined(CASE_DOUBLE_FROM_DECIMAL)
  number = amount;
#elif defined(CASE_DOUBLE_CAST_FROM_DECIMAL)
  number = static_cast<double>(amount);
#elif defined(CASE_DECIMAL_PLUS_DOUBLE)
  amount = amount + number;
#elif defined(CASE_DECIMAL_TIMES_DECIMAL)
  amount = amount * amount;
#elif defined(CASE_DECIMAL_DIVIDED)
  amount = amount / amount;
#elif defined(CASE_DECIMAL_COMPARED_WITH_DOUBLE)
  const bool less = amount < number;
#elif defined(CASE_PRODUCT_WITHOUT_OVERFLOW_CHECK)
  amount = multiply(amount, amount);
#elif defined(CASE_PARSED_WITHOUT_ERROR_CHECK)
  amount = Decimal::parse("1");
#elif defined(CASE_MONEY_PLUS_MONEY)
  const auto sum = left + right;
#elif defined(CASE_MONEY_LESS_THAN_MONEY)
  const bool less = left < right;
#elif defined(CASE_MONEY_WITHOUT_CURRENCY)
  const Money made(amount);
#elif defined(CASE_CURRENCY_FROM_TEXT_UNCHECKED)
  const Currency made("EUR");
#elif defined(CASE_ID_OF_ANOTHER_KIND)
  (void)publish(customer);
#elif defined(CASE_ID_FROM_TEXT_IN_SILENCE)
  (void)publish(std::string("a"));
#elif defined(CASE_RESULT_DISCARDED)
  publish(import);
#elif defined(CASE_RESULT_WITH_VALUE_DISCARDED)
  read_amount();
#elif defined(CASE_SUM_OF_MONEY_DISCARDED)
  left.plus(right);
#else
  amount = Decimal::from_units(15) + Decimal::from_integer(std::int64_t{5});
  amount = multiply(amount, amount).value;
  amount = Decimal::parse("1").value;
  const bool same = left == right;
  const bool less = amount < left.amount() && same;
  (void)less;
  (void)publish(import);
#endif
  (void)amount, (void)number, (void)left, (void)right, (void)customer, (void)import;
}

}  // namespace apportion
