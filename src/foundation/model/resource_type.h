/// The type of a resource, out of its ARM id.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

/// `microsoft.compute/virtualmachines`, nested types joined; empty if the id names no resource of a provider.
std::string resource_type(std::string_view resource_id);

}  // namespace apportion
