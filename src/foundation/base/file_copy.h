/// Copies of files that must be right: forced to the disk, and hashed as they lie there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

struct CopiedFile {
  std::int64_t bytes = 0;
  std::string content_hash;  ///< Of the copy, read again: as `content_hash_of` tells it.
};

/// Writes a copy that only its owner can read, in place of what is at `to`. Errors: those of files, kInterrupted. What
/// was copied until then stays.
Result<CopiedFile> copy_file(const std::filesystem::path& from, const std::filesystem::path& to, const Cancel& cancel);

/// Gives a file another name on the same disk, in place of what has that name. The folder is not forced to the disk.
Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace apportion
