/// Shows the partner's brand as a JSON document for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "application/brand.h"

namespace apportion {

/// What is not set is not there; `has_logo` says whether there is a logo.
nlohmann::ordered_json brand_json(const Brand& brand);

}  // namespace apportion
