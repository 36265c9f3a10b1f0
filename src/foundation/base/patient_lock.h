/// Taking a lock that somebody else may hold for a while.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "foundation/base/cancel.h"
#include "foundation/base/files.h"
#include "foundation/base/result.h"

namespace apportion {

/// Takes the lock, and waits for whoever holds it: at most for `patience`, 0 for not at all. `on_wait` is called once,
/// when waiting begins. Errors: those of `FileLock::acquire`; kCancelled.
Result<FileLock> lock_patiently(const std::filesystem::path& path, const Cancel& cancel,
                                std::chrono::milliseconds patience, const std::function<void()>& on_wait = {});

}  // namespace apportion
