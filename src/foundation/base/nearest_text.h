/// The word that somebody most likely meant.
#pragma once

#include <string_view>
#include <vector>

namespace apportion {

/// The candidate that is most like what was written, ignoring the case of ASCII letters; empty when none is near.
std::string_view nearest_text(std::string_view written, const std::vector<std::string_view>& candidates);

}  // namespace apportion
