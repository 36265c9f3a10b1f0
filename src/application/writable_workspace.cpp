#include "application/writable_workspace.h"

#include <utility>

#include "application/jobs.h"
#include "lake/cleaner.h"

namespace apportion {

Result<WritableWorkspace> begin_writing(Workspace& workspace, std::optional<std::chrono::milliseconds> patience) {
  const auto on_wait = [&workspace] {
    if (workspace.talk) workspace.talk("waiting for another apportion process to publish");
  };
  auto lock = workspace.home.lock_for_writing(workspace.cancel, patience.value_or(workspace.patience), on_wait);
  if (!lock) return naming_job_in_the_way(workspace, std::move(lock).error());
  return WritableWorkspace{workspace, std::move(*lock)};
}

Result<bool> WritableWorkspace::wait_unlocked(const std::function<Result<bool>()>& wait) {
  { const FileLock released = std::move(lock); }
  APPORTION_ASSIGN(const bool goes_on, wait());
  if (!goes_on) return false;
  APPORTION_ASSIGN(WritableWorkspace again, begin_writing(workspace, kPatienceWithoutEnd));
  lock = std::move(again.lock);
  return true;
}

Result<std::vector<std::string>> remove_left_overs(const WritableWorkspace& writable) {
  return remove_left_overs(writable.workspace.home, writable.workspace.control_plane, writable.lock);
}

}  // namespace apportion
