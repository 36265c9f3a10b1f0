#include "foundation/base/folder_entries.h"

#include <algorithm>

#include "foundation/base/files.h"

namespace apportion {

namespace fs = std::filesystem;

Result<std::vector<fs::directory_entry>> entries_of(const fs::path& folder) {
  std::error_code failure;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure))
    entries.push_back(*at);
  if (failure) return file_error("cannot read the folder", folder, failure.value());
  std::ranges::sort(entries);
  return entries;
}

}  // namespace apportion
