/// The invoices whose lines were imported, and which of these lines are compared with charges.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "pipeline/invoices/invoice_file.h"
#include "store/control_plane.h"

namespace apportion {

/// The imports of invoice lines and of bills of other programs in force, by id, whatever their months. For the partner.
Result<std::vector<Import>> imports_of_lines(const ControlPlane& control_plane, const ReadScope& scope);

/// The imports of invoice lines in force, by id: those with a line in the month in scope, if any, and of one invoice,
/// if it is named. For the partner.
Result<std::vector<Import>> imports_of_invoices(const ControlPlane& control_plane, const ReadScope& scope,
                                                const std::optional<std::string>& invoice);

/// The lines of imports, read by the reader, which must outlive them. For the partner.
Result<std::vector<InvoiceLines>> lines_of_imports(LakeReader& reader, const ReadScope& scope,
                                                   std::span<const Import> imports);

struct ImportedLines {
  std::vector<InvoiceLines> lines;         ///< Of one kind. Read by the reader, which must outlive them.
  std::vector<std::string> of_other_kind;  ///< Invoices of which there are only lines of the other kind.
};

/// The lines of these imports: of one kind, or else reconciliations if there are any, and daily usage if not. Errors:
/// kNoInvoiceLines, kPartnerOnly.
Result<ImportedLines> imported_invoice_lines(LakeReader& reader, const ReadScope& scope,
                                             const std::optional<std::string>& invoice,
                                             std::optional<InvoiceFileKind> kind);

}  // namespace apportion
