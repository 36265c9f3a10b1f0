#include "application/writable_workspace.h"

#include <utility>

#include "application/jobs.h"
#include "application/partner_only.h"
#include "lake/cleaner.h"
#include "pipeline/publication/delta_upkeep.h"
#include "store/settings.h"

namespace apportion {

Result<WritableWorkspace> begin_writing(Workspace& workspace, std::optional<std::chrono::milliseconds> patience) {
  APPORTION_TRY(check_partner(workspace.caller));
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

// First it is written down which files are not kept, then they are removed: what a crash leaves of them, the next
// command removes.
Result<std::vector<std::string>> remove_left_overs(const WritableWorkspace& writable) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Settings settings, Settings::read(control_plane));
  APPORTION_TRY(control_plane.give_up_superseded_files(settings[SettingId::kLakeKeepSupersededDays]));
  APPORTION_ASSIGN(auto removed, remove_left_overs(writable.workspace.home, control_plane, writable.lock));
  keep_delta_tables(writable.workspace, writable.lock);
  return removed;
}

}  // namespace apportion
