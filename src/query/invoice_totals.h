/// Totals of invoices, as somebody entered them or as Microsoft lists them, beside what there is of the same invoice:
/// its imported lines, or else its charges.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"
#include "lake/lake_reader.h"
#include "query/table.h"
#include "store/invoice_book.h"

namespace apportion {

struct InvoiceTotal {
  std::string invoice;
  Month month;
  Currency currency;
  std::optional<Decimal> total;       ///< Before tax; nothing where two are stated and differ.
  std::optional<Decimal> lines;       ///< Of its imported reconciliation, before tax; nothing if there is none.
  std::optional<Decimal> charges;     ///< Of all months; nothing if there are none.
  std::optional<Decimal> difference;  ///< Lines less total, or else charges less total; nothing without both.
  std::string reason;                 ///< Why it does not tie; empty if it does.

  bool ties() const { return reason.empty(); }
};

/// Of the invoices of the month in scope, if any, or of one invoice; in the order of `stated`. Lines tie if they come
/// to the total exactly; charges, if they do once they are rounded to the minor unit of the currency: where Microsoft
/// rounded its lines, only the lines can tell. An invoice with two totals that differ does not tie, whatever else there
/// is of it. For the partner.
Result<std::vector<InvoiceTotal>> invoice_totals(LakeReader& reader, const ReadScope& scope,
                                                 const std::optional<std::string>& invoice,
                                                 std::span<const StatedInvoice> stated);

Table invoice_totals_table(std::span<const InvoiceTotal> totals);

}  // namespace apportion
