#include "application/open_home.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "lake/lake.h"
#include "store/home.h"
#include "store/settings.h"

namespace apportion {
namespace {

// Settings that cannot be read may be damaged: then that is the error.
Result<Settings> settings_of(const ControlPlane& control_plane) {
  auto settings = Settings::read(control_plane);
  if (!settings) APPORTION_TRY(control_plane.check(PlaneCheck::kRows));
  return settings;
}

int threads_of(int wanted, const Settings& settings) {
  if (wanted > 0) return wanted;
  const auto set = static_cast<int>(settings[SettingId::kQueriesThreads]);
  return set > 0 ? set : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

Result<MadeHome> make_home(const std::filesystem::path& folder) {
  APPORTION_ASSIGN(const Home home, Home::create(folder));
  return MadeHome{home.folder(), home.was_there()};
}

Result<Workspace> open_home(const HomeRequest& request, OnDamage on_damage) {
  APPORTION_ASSIGN(Workspace workspace, Workspace::open(request.folder, request.clock, request.talk));
  if (on_damage == OnDamage::kRefuse) APPORTION_TRY(workspace.control_plane.check(PlaneCheck::kRows));
  APPORTION_ASSIGN(const Settings settings, settings_of(workspace.control_plane));
  workspace.threads = threads_of(request.threads, settings);
  const std::int64_t memory_mib = request.memory_mib > 0 ? request.memory_mib : settings[SettingId::kQueriesMemoryMib];
  workspace.engine_memory_bytes = memory_mib << 20;
  act_for(workspace, request.caller, request.cancel);
  workspace.watch = request.watch;
  if (request.patience) workspace.patience = *request.patience;
  return workspace;
}

void act_for(Workspace& workspace, const Caller& caller, const Cancel& cancel) {
  workspace.caller = caller;
  workspace.control_plane.act_for(caller.actor);
  workspace.cancel = cancel;
}

Result<WritableWorkspace> begin_editing(Workspace& workspace, OnDamage on_damage,
                                        const std::function<void(const std::string& path)>& removed) {
  APPORTION_ASSIGN(WritableWorkspace writable, begin_writing(workspace));
  // A damaged catalog may have lost the names of files that are still needed.
  if (on_damage == OnDamage::kGoOn && !workspace.control_plane.check(PlaneCheck::kRows)) return writable;
  APPORTION_ASSIGN(const auto left_overs, remove_left_overs(writable));
  for (const std::string& path : left_overs) removed(path);
  return writable;
}

bool may_come_from_damage(const Error& error) {
  return error.id == ErrorId::kEngineFailed || error.id == ErrorId::kControlPlaneRefusedStatement ||
         error.id == ErrorId::kControlPlaneForeignValue;
}

Error explained_by_damage(const Workspace& workspace, Error error) {
  if (!may_come_from_damage(error)) return error;
  auto damages = workspace.control_plane.damages(PlaneCheck::kWhole);
  if (damages && !damages->empty()) return std::move(damages->front());
  if (error.id != ErrorId::kEngineFailed) return error;
  const auto files = workspace.control_plane.known_lake_files();
  if (!files) return error;
  auto damage = Lake(workspace.home).check(*files, FileCheck::kContent);
  return damage ? error : std::move(damage).error();
}

}  // namespace apportion
