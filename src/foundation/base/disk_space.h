/// How much room a disk has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "foundation/base/result.h"

namespace apportion {

struct DiskSpace {
  std::uintmax_t free_bytes = 0;  ///< For this user.
  std::uintmax_t total_bytes = 0;

  /// Whether less than so many percent are free; never for a disk that does not say how large it is.
  bool has_less_than(int percent) const;
};

/// Of the disk that a folder is on. Errors: as `file_error` tells them apart.
Result<DiskSpace> disk_space_of(const std::filesystem::path& folder);

/// `12.4 GiB`, rounded down.
std::string gibibytes_text(std::uintmax_t bytes);

}  // namespace apportion
