/// Runs a program and reads what it says; no shell in between.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

struct ChildOutput {
  int exit_code = 0;  ///< 128 + signal when a signal ended it.
  std::string out;
  std::string err;
};

/// The first executable file of that name in the absolute folders of `path` (as PATH has them).
std::optional<std::filesystem::path> program_in_path(std::string_view name, std::string_view path);

/// Runs it to its end, with our environment and an empty input. A cancel, `time_max`, or more than a megabyte of output
/// ends it and all that it started.
Result<ChildOutput> run_child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                              std::chrono::milliseconds time_max, const Cancel& cancel);

}  // namespace apportion
