/// Text that is written to a file, perhaps compressed.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

/// Compressed for the format `csv.gz`, as it is for others. Errors: those of `write` and of files.
Result<void> write_text_file(const std::filesystem::path& path, std::string_view format,
                             const std::function<Result<void>(std::ostream&)>& write);

}  // namespace apportion
