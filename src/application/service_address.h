/// The address at which people reach the service in their browsers: `https://bill.example.com`.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/error_ids.h"
#include "foundation/base/result.h"

namespace apportion {

/// The address as it is kept, without a slash at its end: https and a host, or http on this machine. Errors: `id`, with
/// `what` as what is wrong.
Result<std::string> checked_service_address(std::string_view text, ErrorId id, std::string what);

}  // namespace apportion
