/// GUIDs as Azure writes them: `8d1f0f6e-0000-4000-8000-000000000001`.
#pragma once

#include <string_view>

namespace apportion {

/// Whether a text is a GUID with dashes and without braces, in either case of letters.
bool is_guid(std::string_view text);

}  // namespace apportion
