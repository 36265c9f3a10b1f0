/// BillColumns: what the columns of a bill of somebody else mean, as a person says. A bill is a CSV file: of what
/// customers cost by month, as another product showed it, or of what a distributor bills an indirect reseller.
///
/// | key | is |
/// |---|---|
/// | `customer` | whom the line bills: a tenant id, or an id, external id or name of a customer |
/// | `customer_tenant` | more of the customer: its tenant id |
/// | `customer_domain` | and its domain; not in a distributor's bill |
/// | `month` | `2026-10`, `202610`, or a day such as `2026-10-31` |
/// | `currency`, or `currency_is` | its column, or the currency of all lines |
/// | `cost` | the amount |
/// | `subscription` or `subscription_name` | the Azure subscription |
/// | `product`, `product_name` or `service` | the product: its id, its name, or the service |
/// | `quantity` | how much of the product; in a distributor's bill only |
/// | `percent_of_retail` | what a distributor bills, as agreed: `85`; in its bill only |
/// | `separator` | what is between cells: `comma` (default), `semicolon` or `tab` |
/// | `decimals`, `rounding` | to how many decimals each line was rounded, `nearest` (default) or `down` |
/// | `decimal_mark`, `thousands_mark` | `point` (default) or `comma`; `none` (default), `point`, `comma`, `space` or
/// `apostrophe` |
///
/// The values down to `quantity`, but for `currency_is`, are names of columns. `cost` must be there, one of `currency`
/// and `currency_is`, and `customer`; in a distributor's bill `customer`, `customer_tenant`, `subscription` or
/// `subscription_name`.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"
#include "pipeline/invoices/invoice_line.h"

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
  kQuantity,
};
inline constexpr std::size_t kBillFields = static_cast<std::size_t>(BillField::kQuantity) + 1;

struct BillColumns {
  std::array<std::string, kBillFields> columns;  ///< By field: the name of the column; empty where there is none.
  std::optional<Currency> currency;              ///< Of all lines.
  std::optional<int> decimals;                   ///< To which each line was rounded.
  bool rounds_down = false;
  std::optional<Decimal> percent_of_retail;  ///< As agreed with a distributor.
  char separator = ',';
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

/// Reads `customer=Customer,month=Month,cost=Amount,currency_is=EUR`, or a YAML map with these keys, of bills of one
/// kind. `name` is what messages call the text. Errors: kBillColumnsInvalid.
Result<BillColumns> parse_bill_columns(std::string_view text, const std::string& name,
                                       InvoiceFileKind kind = InvoiceFileKind::kBill);

/// One line of JSON that `parse_bill_columns` reads.
std::string to_text(const BillColumns& columns);

/// An amount as the bill writes it. Nothing for another text: a separator that was not declared is never skipped.
std::optional<Decimal> parse_bill_amount(std::string_view text, const BillColumns& columns);

}  // namespace apportion
