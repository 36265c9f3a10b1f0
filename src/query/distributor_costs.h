/// DistributorCosts: what a distributor bills an indirect reseller, beside the charges of the same subscriptions, which
/// are at retail prices; and, from both, what each customer costs.
///
/// Both sides are added up by month, currency, and what the bill tells of its lines: the subscription, or else the
/// tenant, or else the customer; and the product, if its column was named. What is billed of a key is spread over its
/// charges in proportion to retail, so that the parts are the bill to the last digit. What one side alone has is a
/// class of its own, and nobody's cost is guessed (docs/distributor.md, docs/adr/0072-distributor-bills.md).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/money/decimal.h"
#include "lake/lake_reader.h"
#include "query/table.h"

namespace apportion {

enum class DistributorClass {
  kBilled,         ///< Both sides have it, at the agreed part of retail if one was agreed.
  kOtherPercent,   ///< Both have it, at another part of retail than was agreed, beyond rounding.
  kDoubledLines,   ///< Lines are there twice, cell by cell. They count twice.
  kNotBilled,      ///< Charges of which there is no line.
  kNotCharged,     ///< Lines of which there are no charges.
  kOtherCurrency,  ///< The bill is in another currency than the charges, which only say how to spread it.
  kNoRetail,       ///< Retail is zero, or has the other sign: nothing says how to spread the bill.
};
/// For programs: `not-billed`.
std::string_view distributor_class_name(DistributorClass why);

/// What a customer costs in a subscription. What is of a key as a whole is in its first part: the rows.
struct DistributorCost {
  Month month;
  std::string customer;           ///< Id, or `unassigned`; empty where nobody knows whose it is.
  std::string billed_customer;    ///< Of lines without charges: whom they name, as they write it.
  std::string subscription;       ///< Lower case; empty where the bill does not tell it.
  std::string subscription_name;  ///< As charges have it.
  std::string product;            ///< Empty where the bill does not tell it.
  std::string currency;
  DistributorClass why = DistributorClass::kBilled;
  std::optional<Decimal> retail;       ///< Billed cost of the charges.
  std::optional<Decimal> distributor;  ///< What the distributor bills of it.
  std::int64_t charge_rows = 0;
  std::int64_t line_rows = 0;
  std::optional<Decimal> quantity;        ///< Of the lines; nothing if one has none, or they are of several products.
  std::optional<std::int64_t> first_row;  ///< x_RowId of the first charge.
  std::string first_line;                 ///< `FILE:LINE`

  /// Retail less distributor, and distributor as a percentage of retail; nothing where one of them is unknown. A
  /// percentage has 6 decimals, half to even.
  std::optional<Decimal> difference() const;
  std::optional<Decimal> percent_of_retail() const;
};

/// Sums of a customer in one currency.
struct DistributorCustomer {
  std::string customer;  ///< As in DistributorCost.
  std::string name;
  std::string currency;
  std::int64_t subscriptions = 0;
  std::optional<Decimal> retail;
  std::optional<Decimal> distributor;
  std::optional<Decimal> difference;  ///< Nothing where it is unknown of a subscription; nor is the percentage then.
  std::optional<Decimal> percent_of_retail;
  std::set<DistributorClass> classes;  ///< But for kBilled.
};

struct DistributorCosts {
  std::vector<Month> months;           ///< That were compared.
  std::vector<Month> without_bill;     ///< Between the first and the last month, or asked for.
  std::vector<Month> without_charges;  ///< As above.
  std::vector<DistributorCost> costs;  ///< By month, customer, subscription and product.
  std::vector<DistributorCustomer> customers;  ///< By customer and currency.

  /// Whether every month was compared and every cost is billed, as it was agreed.
  bool holds() const;
};

/// For the partner, of all connections: bills of any, and charges of those that take in retail prices. Without a month
/// in scope, from the first to the last bill. Errors: kPartnerOnly; kNoInvoiceLines; kNoCharges; kBillColumnsInvalid
/// (bills of one month tell different things of their lines), and those of reading lines.
Result<DistributorCosts> distributor_costs(LakeReader& reader, const ReadScope& scope, const Cancel& cancel = {});

Table distributor_customers_table(const DistributorCosts& costs);
Table distributor_costs_table(const DistributorCosts& costs, bool only_differences);
/// What of the months was compared and what not, in sentences.
std::vector<std::string> distributor_notices(const DistributorCosts& costs);

}  // namespace apportion
