/// Totals of invoices, to compare charges with: somebody enters them where there is no file of lines, or they come from
/// Microsoft's list (application/invoice_fetch.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "pipeline/publication/workspace.h"
#include "query/invoice_charges.h"
#include "query/proof.h"
#include "store/invoice_book.h"

namespace apportion {

/// What a person enters; texts as they were typed.
struct InvoiceEntry {
  std::string number;
  std::string total;  ///< Before tax: a plain decimal number.
  std::string currency;
  Month month = *Month::from_civil(1, 1);
};

struct InvoicesOfScope {
  ComparedInvoices compared;
  std::vector<InvoiceCharges> others;  ///< Charges in scope on invoices with which nothing was compared.
};

/// By number, without those that Microsoft has cancelled. Errors: kPartnerOnly, as of all.
Result<std::vector<StatedInvoice>> list_invoices(const Caller& caller, const Workspace& workspace);
/// The proof of the months in scope, with that of their invoices. Errors: as of `prove` and `prove_invoices`.
Result<Proof> prove_with_invoices(const Caller& caller, const Workspace& workspace, LakeReader& reader,
                                  const ReadScope& scope);
/// The invoices that bill the months in scope, with every difference; `kind`: lines of these files only. Errors: as of
/// `compare_invoices`.
Result<InvoicesOfScope> compared_invoices(const Caller& caller, const Workspace& workspace, LakeReader& reader,
                                          const ReadScope& scope, std::optional<InvoiceFileKind> kind);
/// Errors: kFieldInvalid; kInvoiceExists for another one with this number.
Result<EnteredInvoice> add_invoice(const Caller& caller, const Workspace& workspace, const InvoiceEntry& entry,
                                   const Doer& doer);
/// Errors: kNoSuchRecord.
Result<void> remove_invoice(const Caller& caller, const Workspace& workspace, const std::string& number,
                            const Doer& doer);

}  // namespace apportion
