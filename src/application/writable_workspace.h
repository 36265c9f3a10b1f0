/// A workspace with the right to change what its home publishes.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/files.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// While it lives, nobody else publishes: hold it while something is computed, never while the network or a person is
/// waited for.
struct WritableWorkspace {
  Workspace& workspace;  ///< Not owned.
  FileLock lock;

  /// Lets others publish while a person is waited for. When `wait` says no, the right is given up for good. Errors:
  /// those of `wait` and `begin_writing`.
  Result<bool> wait_unlocked(const std::function<Result<bool>()>& wait);
};

/// For work that took long already.
inline constexpr std::chrono::milliseconds kPatienceWithoutEnd = std::chrono::milliseconds::max();

/// Waits for who publishes now, and says so. Errors: kHomeLocked after `patience` (of the workspace, unless one is
/// given), kInterrupted.
Result<WritableWorkspace> begin_writing(Workspace& workspace, std::optional<std::chrono::milliseconds> patience = {});

/// Removes what a crash left in the home; returns the paths, as the cleaner of the lake does.
Result<std::vector<std::string>> remove_left_overs(const WritableWorkspace& writable);

}  // namespace apportion
