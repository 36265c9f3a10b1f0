/// Downloading a blob into a file, for engines that read files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "foundation/base/byte_reader.h"
#include "foundation/base/result.h"

namespace apportion {

/// Writes all of `reader` to `path`. `place` is the blob's for messages. Errors: those of the reader, kBadInput if
/// there are not exactly `bytes` bytes, kStorage if the disk is too small or fails; no file is left then.
Result<void> download(ByteReader& reader, std::int64_t bytes, const std::string& place,
                      const std::filesystem::path& path);

}  // namespace apportion
