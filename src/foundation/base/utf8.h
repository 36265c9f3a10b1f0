/// Whether bytes are text: everything that Apportion keeps is UTF-8.
#pragma once

#include <string_view>

namespace apportion {

/// Whether bytes are well-formed UTF-8.
bool is_utf8(std::string_view text);

}  // namespace apportion
