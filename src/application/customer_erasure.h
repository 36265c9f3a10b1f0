/// A customer's personal data, erased. Its id stays, with what it was charged: the bill must still prove.
#pragma once

#include <string>

#include "application/writable_workspace.h"
#include "foundation/base/result.h"
#include "store/control_plane.h"

namespace apportion {

struct ErasureRequest {
  std::string id;
  std::string reason;  ///< For the audit log.
};

/// What erasing a customer would erase. Errors: kNoSuchCustomer; kCustomerNotErasable while it is not retired, or has
/// charges in a month that is not locked.
Result<CustomerTraces> erasable_traces(const Workspace& workspace, const std::string& id);

/// Erases it; nothing of it can be had back but from backups. Errors: as above; one for a reason that is missing.
Result<CustomerTraces> erase_customer(WritableWorkspace& writable, const ErasureRequest& request);

}  // namespace apportion
