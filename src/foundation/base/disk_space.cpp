#include "foundation/base/disk_space.h"

#include <fmt/format.h>

#include "foundation/base/files.h"

namespace apportion {

bool DiskSpace::has_less_than(int percent) const {
  constexpr int kWhole = 100;
  return free_bytes < total_bytes / kWhole * static_cast<unsigned>(percent);
}

Result<DiskSpace> disk_space_of(const std::filesystem::path& folder) {
  std::error_code failure;
  const auto space = std::filesystem::space(folder, failure);
  if (failure) return file_error("cannot determine the free space", folder, failure.value());
  return DiskSpace{space.available, space.capacity};
}

std::string gibibytes_text(std::uintmax_t bytes) {
  constexpr int kGibibyteBits = 30;
  constexpr std::uintmax_t kTenths = 10;
  const std::uintmax_t whole = bytes >> kGibibyteBits;
  const std::uintmax_t rest = bytes - (whole << kGibibyteBits);
  return fmt::format("{}.{} GiB", whole, (rest * kTenths) >> kGibibyteBits);
}

}  // namespace apportion
