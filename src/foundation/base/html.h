/// Text in HTML.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

/// Text as it is written between tags and in quoted attributes.
std::string html_escaped(std::string_view text);

}  // namespace apportion
