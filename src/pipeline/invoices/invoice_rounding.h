/// How Microsoft rounds the lines of a partner's invoice.
///
/// Consumption: `ROUNDDOWN(ROUNDDOWN(EffectiveUnitPrice * BillableQuantity, 2) * PCToBCExchangeRate, 2)`; licences:
/// `ROUNDDOWN(EffectiveUnitPrice * PCToBCExchangeRate, 2) * BillableQuantity` (Microsoft Learn,
/// modern-invoice-reconciliation-file).
#pragma once

#include <optional>

#include "pipeline/invoices/invoice_line.h"

namespace apportion {

/// What rounding took from a line: price times quantity times rate, less the amount. Nothing if price or quantity is
/// unknown, or if neither rule gives exactly this amount: then it was not rounding that made the line what it is.
std::optional<Decimal> taken_by_rounding(const InvoiceLine& line);

}  // namespace apportion
