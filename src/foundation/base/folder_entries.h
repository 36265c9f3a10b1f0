/// What is in a folder.
#pragma once

#include <filesystem>
#include <vector>

#include "foundation/base/result.h"

namespace apportion {

/// The entries of a folder, by path. Errors: it cannot be read.
Result<std::vector<std::filesystem::directory_entry>> entries_of(const std::filesystem::path& folder);

}  // namespace apportion
