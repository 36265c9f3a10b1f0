/// What connections and customers may be called.
#pragma once

#include <string>

#include "foundation/base/result.h"

namespace apportion {

/// Errors: kConnectionNameInvalid.
Result<void> check_connection_name(const std::string& name);

/// Errors: kCustomerIdInvalid, also for `unassigned`.
Result<void> check_customer_id(const std::string& id);

}  // namespace apportion
