/// InvoiceLine: a line of what Microsoft billed a partner, as Partner Center and Microsoft Graph deliver it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"

namespace apportion {

/// The two files of Partner Center, and bills of others.
enum class InvoiceFileKind {
  kReconciliation,   ///< Invoice line items: everything that was billed, rounded.
  kDailyUsage,       ///< Daily rated usage: consumption of Azure plans only, not rounded.
  kBill,             ///< What customers cost by month, by another program's account (bill_file.h).
  kDistributorBill,  ///< What a distributor bills an indirect reseller by month (bill_file.h).
};

/// Whether its columns are what a person says they are.
constexpr bool is_bill(InvoiceFileKind kind) {
  return kind == InvoiceFileKind::kBill || kind == InvoiceFileKind::kDistributorBill;
}

/// Texts are valid until the next line; ids are in lower case, and empty where the file has none.
struct InvoiceLine {
  std::string_view file;   ///< Its name.
  std::int64_t line = 0;   ///< Of the file, from 1.
  std::int64_t place = 0;  ///< Lines of one file or import are in the order of their places.
  std::int64_t hash = 0;   ///< Of all its cells: equal lines have the same.
  std::string_view partner_id;
  std::string_view invoice;  ///< Empty: not billed yet.
  std::string_view customer_id;
  /// Daily usage and bills: the Azure subscription (EntitlementId). Reconciliation: the product order (the subscription
  /// of commerce).
  std::string_view subscription;
  std::string_view product;  ///< ProductId and SkuId in one, as Cost Management writes it.
  std::string_view meter_id;
  std::string_view resource;
  std::string_view charge_type;
  std::string_view publisher;
  std::string_view reservation_order;
  std::string_view credit_reason;
  std::string_view term;  ///< TermAndBillingCycle: of subscriptions and software; empty for consumption.
  std::optional<Day> day;
  std::optional<Currency> currency;      ///< Of `amount`; always set by the reader.
  Decimal amount;                        ///< Before tax.
  Decimal tax;                           ///< Zero where the file has no such column.
  std::optional<Decimal> unit_price;     ///< EffectiveUnitPrice, in the pricing currency.
  std::optional<Decimal> quantity;       ///< BillableQuantity, or else Quantity.
  std::optional<Decimal> exchange_rate;  ///< Pricing to billing currency.
};

/// A product as both sides are compared by it: Cost Management writes `DZH318Z0BQ350002`, Partner Center `DZH318Z0BQ35`
/// and `0002`.
std::string product_key(std::string_view product);

using InvoiceLineVisitor = std::function<Result<void>(const InvoiceLine&)>;

}  // namespace apportion
