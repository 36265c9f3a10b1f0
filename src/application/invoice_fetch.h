/// Fetching what Microsoft says of invoices, for a connection with a legacy part: their totals from the Billing API,
/// and their lines from Microsoft Graph.
#pragma once

#include <optional>
#include <vector>

#include "application/azure_sessions.h"
#include "application/import_runs.h"
#include "application/publish.h"
#include "foundation/base/date.h"
#include "foundation/base/files.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

struct FetchedInvoices {
  ImportReport report;
  std::vector<Problem> problems;
};

/// Asks for the invoices of a month, or of the last months that the connection has charges of: the Billing API if its
/// scope is a billing account or profile, and for lines of those that it lists or that charges name. Lines that changed
/// or are new become imports (application/invoice_imports.h). Without a month, lines of an invoice are asked for once a
/// day. The right to write is taken for each invoice, so the caller must not have it. What fails is a problem, and the
/// others continue. Errors: our own disk or database fails, kInterrupted. `session`: of the connection, with a legacy
/// part.
Result<FetchedInvoices> fetch_invoices(Workspace& workspace, AzureSession& session, Gateway& gateway,
                                       const Connection& connection, std::optional<Month> month,
                                       const IntakeLock& lock);

}  // namespace apportion
