/// FOCUS files: whose rows they hold, what they show, and what must be said about them.
#pragma once

#include <optional>
#include <string>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "pipeline/publication/workspace.h"
#include "query/focus_dataset.h"
#include "query/month_coverage.h"

namespace apportion {

struct FocusFileRequest {
  ReadScope months;                     ///< Of the caller, with the months and connection that are wanted.
  std::optional<std::string> customer;  ///< Id, or `unassigned`; unset: the partner's own file of all rows.
  std::string issuer;                   ///< Name of the partner in a customer's file; empty: as the charges say.
  bool allow_unknown = false;           ///< Unknown costs are left empty; otherwise nothing is written.
};

struct FocusFile {
  FocusDataset dataset;
  MonthCoverage coverage;  ///< Of the months, for the partner.
};

/// A customer's file is read in the customer's own scope, with the audience of its view: what it may not see is not
/// even there. The reader's engine must keep rows in the order of the statement, and the reader must outlive the file.
/// Errors: kPartnerOnly; kNoSuchCustomer; those of `check_months_in_scope`; kFocusCostsUnknown.
Result<FocusFile> open_focus_file(const Caller& caller, const Workspace& workspace, LakeReader& lake,
                                  const FocusFileRequest& request);

}  // namespace apportion
