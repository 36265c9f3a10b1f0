/// Invoices in the proof: the charges of each beside Microsoft's lines of it, or beside the total that was entered.
///
/// It holds where every difference has a reason (query/reconciliation.h) other than that rows are missing or doubled,
/// all lines could be read, and the total that was entered ties (query/invoice_totals.h). An invoice of which there is
/// neither says nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/money/decimal.h"
#include "lake/lake_reader.h"
#include "store/invoice_book.h"

namespace apportion {

struct InvoiceProof {
  std::string invoice;
  std::string currency;
  std::string compared_with;          ///< `reconciliation`, `daily usage` or `total`.
  std::optional<Decimal> charges;     ///< Of the whole invoice.
  std::optional<Decimal> lines;       ///< Before tax.
  std::optional<Decimal> total;       ///< As it was entered.
  std::optional<Decimal> difference;  ///< Charges less lines, or else less the total.
  std::vector<std::string> reasons;   ///< Why it does not hold.

  bool holds() const { return reasons.empty(); }
};

/// Of the invoices that bill the months in scope, by invoice and currency; reads all their lines. `entered`: those of
/// the home. For the partner. Errors: those of the lake and the engine, kInterrupted.
Result<std::vector<InvoiceProof>> prove_invoices(LakeReader& reader, const ReadScope& scope,
                                                 std::span<const EnteredInvoice> entered, const Cancel& cancel = {});

}  // namespace apportion
