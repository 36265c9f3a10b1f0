/// Shows an upload as JSON for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "application/uploads.h"

namespace apportion {

nlohmann::ordered_json upload_json(const Upload& upload);

}  // namespace apportion
