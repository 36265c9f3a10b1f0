/// Imports taken out of force by a person.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/publish.h"
#include "application/writable_workspace.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/ids.h"
#include "store/control_plane.h"

namespace apportion {

struct ListedImport {
  std::string connection;
  Import import;
  bool in_force = false;  ///< Part of the published charges of its month.
};

/// By connection and id. Errors: kPartnerOnly, kNoSuchConnection.
Result<std::vector<ListedImport>> list_imports(const ControlPlane& control_plane, const ReadScope& scope);

/// Takes an import out of force for good: no sync takes it in again, and its month is rebuilt from the others. Its
/// files stay, and are listed as withdrawn. Errors: kNoSuchRecord, kMonthLocked, kReasonMissing, kAlreadyWithdrawn.
Result<FlowReport> withdraw_import(WritableWorkspace& writable, ImportId id, const std::string& reason,
                                   const Review& review = {});

}  // namespace apportion
