/// Imports of Microsoft's invoice lines: files of Partner Center and Microsoft Graph, told by their columns. And of
/// bills whose columns a person names: of other programs, or of the distributor of the connection, told by the columns
/// that it knows. Each month of one becomes an import, and a line that cannot be read keeps the whole file out.
///
/// Files of one kind in one folder belong together, and each invoice in them becomes an import of its own: whole or not
/// at all. The import that was taken in last counts, unless it has rejects and an earlier one has none.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "application/import_runs.h"
#include "foundation/base/files.h"
#include "foundation/base/result.h"
#include "pipeline/fetch/blob_store.h"
#include "pipeline/invoices/invoice_file.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

struct FoundInvoiceFile {
  Blob blob;
  InvoiceFileKind kind = InvoiceFileKind::kReconciliation;
  std::string layout = {};  ///< By which it is read: of a bill, what its columns mean.
};

/// Of what lines must be, where that is known before they are read.
struct ExpectedInvoice {
  std::string number;
  std::string partner;  ///< Tenant id; empty: any.
};

struct FoundInvoiceFiles {
  std::unique_ptr<BlobStore> store;  ///< Null if the location is not on this machine.
  std::vector<FoundInvoiceFile> files;
  bool is_one_file = false;  ///< The location is this file, and no folder.
  std::optional<ExpectedInvoice> expected = {};
};

/// Whether a name may be one of a file of invoice lines: archives, spreadsheets and Parquet files are not looked into.
bool may_hold_invoice_lines(const std::string& name);

/// The files of invoice lines in a folder, at any depth, or the one that the location names; with columns of a bill,
/// this one. One file that is nothing else is a bill of the connection's distributor, if it has one. Errors: the folder
/// cannot be read; kFileColumnMissing for one file that is of no kind; kFieldInvalid for a bill that is no file, or
/// whose name cannot be used, and for a name where there is no bill.
Result<FoundInvoiceFiles> find_invoice_files(const Workspace& workspace, const Connection& connection,
                                             const ImportRequest& request);

/// Takes them in. A file that cannot be read whole, or has a line that is not of the expected invoice, is skipped with
/// its error, with those that belong to it. An error
/// only when our own disk or database fails, or the command is stopped.
Result<ImportReport> import_invoice_files(Workspace& workspace, const Connection& connection,
                                          const ImportRequest& request, const FoundInvoiceFiles& found,
                                          const IntakeLock& lock);

/// Whether a file was taken in before, as it is now.
Result<bool> is_known(const Workspace& workspace, const Connection& connection, const FoundInvoiceFiles& found,
                      const FoundInvoiceFile& file);

}  // namespace apportion
