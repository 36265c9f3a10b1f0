/// Percent-encoded text of URLs and ids, read leniently: for comparing and showing, not for checking.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

/// `%3A` as `:`; a `%` without two hex digits behind it stays as it is.
std::string percent_decoded(std::string_view text);

}  // namespace apportion
