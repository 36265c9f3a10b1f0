/// Invoices in the proof: the charges of each beside Microsoft's lines of it, or beside the total that was entered or
/// fetched.
///
/// It holds where every difference has a reason (query/reconciliation.h) other than that rows are missing or doubled,
/// all lines could be read, and its total ties (query/invoice_totals.h). An invoice of which there is
/// neither says nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/money/decimal.h"
#include "lake/lake_reader.h"
#include "pipeline/invoices/invoice_file.h"
#include "query/reconciliation.h"
#include "store/control_plane.h"
#include "store/invoice_book.h"

namespace apportion {

/// An import in force of an invoice's lines.
struct InvoiceImport {
  ImportId id;
  Dataset dataset = Dataset::kInvoiceReconciliation;
  std::int64_t rows = 0;
  std::int64_t rejected = 0;
};

struct InvoiceProof {
  std::string invoice;
  std::string currency;
  std::string compared_with;           ///< `reconciliation`, `daily usage` or `total`.
  std::optional<Decimal> charges;      ///< Of the whole invoice.
  std::optional<Decimal> lines;        ///< Before tax.
  std::optional<Decimal> total;        ///< As it was entered or fetched; nothing where the two differ.
  std::optional<Decimal> difference;   ///< Charges less lines, or else less the total.
  std::vector<std::string> reasons;    ///< Why it does not hold.
  std::optional<Month> month;          ///< That it bills: of its lines, or as it was entered or fetched.
  std::vector<DifferenceSum> classes;  ///< Of the comparison with its lines.
  std::vector<InvoiceImport> imports;  ///< Of its lines, also of those that are not compared.

  bool holds() const { return reasons.empty(); }
};

/// Which invoices to prove.
struct InvoicesToProve {
  std::span<const StatedInvoice> stated;           ///< All totals that the home has.
  std::optional<std::set<std::string>> only = {};  ///< By number; unset: all that bill the months in scope.
};

struct ComparedInvoices {
  std::vector<InvoiceProof> invoices;  ///< By invoice and currency.
  /// What was compared with lines: one for each kind of file. An invoice is in one of them.
  std::vector<Reconciliation> reconciliations;
};

/// Each invoice as a whole, with every difference. `kind`: these lines only, and no totals. Errors: as of
/// `prove_invoices`.
Result<ComparedInvoices> compare_invoices(LakeReader& reader, const ReadScope& scope, const InvoicesToProve& invoices,
                                          std::optional<InvoiceFileKind> kind, const Cancel& cancel = {});

/// By invoice and currency; reads all their lines. For the partner. Errors: those of the lake and the engine,
/// kInterrupted.
Result<std::vector<InvoiceProof>> prove_invoices(LakeReader& reader, const ReadScope& scope,
                                                 const InvoicesToProve& invoices, const Cancel& cancel = {});

}  // namespace apportion
