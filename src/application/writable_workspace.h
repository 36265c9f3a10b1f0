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

/// Every use case that changes what a home publishes takes one, and only the partner's own people get one. While it
/// lives, nobody else can publish: hold it while something is computed, never while waiting for the network or
/// a person.
struct WritableWorkspace {
  Workspace& workspace;  ///< Not owned.
  FileLock lock;

  /// Lets others publish while waiting for a person. When `wait` says no, the right is given up for good. Errors:
  /// those of `wait` and `begin_writing`.
  Result<bool> wait_unlocked(const std::function<Result<bool>()>& wait);
};

/// For work that has already taken long.
inline constexpr std::chrono::milliseconds kPatienceWithoutEnd = std::chrono::milliseconds::max();

/// Waits for whoever is publishing now, and says so. Errors: kHomeLocked after `patience` (of the workspace, unless one
/// is given), kInterrupted, kPartnerOnly.
Result<WritableWorkspace> begin_writing(Workspace& workspace, std::optional<std::chrono::milliseconds> patience = {});

/// Removes what a crash left in the home, and files that nothing has needed for as long as the setting says. Returns
/// the paths, as the cleaner of the lake does. The Delta tables catch up with what is published.
Result<std::vector<std::string>> remove_left_overs(const WritableWorkspace& writable);

}  // namespace apportion
