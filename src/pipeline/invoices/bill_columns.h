/// BillColumns: what the columns of a bill of somebody else mean, as the person who imports it says. A bill is a CSV
/// file of what customers cost by month, for example as another product showed it.
///
/// | key | is |
/// |---|---|
/// | `customer` | whom the line bills: a tenant id, or an id, external id or name of a customer |
/// | `customer_tenant`, `customer_domain` | more of the customer: its tenant id and its domain |
/// | `month` | `2026-10`, `202610`, or a day such as `2026-10-31` |
/// | `currency`, or `currency_is` | its column, or the currency of all lines |
/// | `cost` | the amount |
/// | `subscription` or `subscription_name` | the Azure subscription |
/// | `product`, `product_name` or `service` | the product: its id, its name, or the service |
/// | `decimals`, `rounding` | to how many decimals each line was rounded, `nearest` (default) or `down` |
/// | `decimal_mark`, `thousands_mark` | `point` (default) or `comma`; `none` (default), `point`, `comma`, `space` or
/// `apostrophe` |
///
/// The values of all but the last two rows and `currency_is` are names of columns. `customer` and `cost` must be there,
/// and one of `currency` and `currency_is`.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"

namespace apportion {

enum class BillField : std::size_t {
  kCustomer,
  kTenant,
  kDomain,
  kMonth,
  kCurrency,
  kCost,
  kSubscription,
  kSubscriptionName,
  kProduct,
  kProductName,
  kService,
};
inline constexpr std::size_t kBillFields = static_cast<std::size_t>(BillField::kService) + 1;

struct BillColumns {
  std::array<std::string, kBillFields> columns;  ///< By field: the name of the column; empty where there is none.
  std::optional<Currency> currency;              ///< Of all lines.
  std::optional<int> decimals;                   ///< To which each line was rounded.
  bool rounds_down = false;
  char decimal_mark = '.';
  char thousands_mark = '\0';  ///< None.

  const std::string& column(BillField field) const { return columns[static_cast<std::size_t>(field)]; }
  bool has(BillField field) const { return !column(field).empty(); }

  /// The field that tells subscriptions or products; nothing if bills are not so detailed.
  std::optional<BillField> subscription_field() const;
  std::optional<BillField> product_field() const;

  /// The most that rounding changed the amount of a line; zero if lines were not rounded.
  Decimal rounding_of_line() const;

  bool operator==(const BillColumns&) const = default;
};

/// `customer`: the key of a field.
std::string_view bill_field_name(BillField field);

/// Reads `customer=Customer,month=Month,cost=Amount,currency_is=EUR`, or a YAML map with these keys. `name` is what
/// messages call the text. Errors: kBillColumnsInvalid.
Result<BillColumns> parse_bill_columns(std::string_view text, const std::string& name);

/// One line of JSON that `parse_bill_columns` reads.
std::string to_text(const BillColumns& columns);

/// An amount as the bill writes it. Nothing for another text: a separator that was not declared is never skipped.
std::optional<Decimal> parse_bill_amount(std::string_view text, const BillColumns& columns);

}  // namespace apportion
