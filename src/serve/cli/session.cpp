#include "serve/cli/session.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "application/azure_sessions.h"
#include "lake/lake.h"
#include "serve/cli/import_progress.h"
#include "store/settings.h"

namespace apportion {

Session::Session(GlobalOptions options, Console& console, SessionWorld world)
    : options_(std::move(options)),
      console_(&console),
      world_(std::move(world)),
      clock_(options_.today ? Clock::fixed(*options_.today) : Clock::system()) {}

int Session::threads() const {
  if (options_.threads > 0) return options_.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Caller Session::caller() const {
  const uid_t user = geteuid();
  const passwd* entry = getpwuid(user);
  return Caller::partner(entry == nullptr ? fmt::format("os:{}", user) : fmt::format("os:{}", entry->pw_name));
}

AzureWorld Session::azure_world() const {
  AzureWorld world;
  world.variable = world_.variable;
  world.cancel = cancel_;
  world.epoch_seconds = world_.epoch_seconds;
  world.waits = [console = console_, mutex = std::make_shared<std::mutex>()](const RetryNotice& notice) {
    const std::lock_guard lock(*mutex);
    console->detail(fmt::format("waiting {} s before retrying ({}): {}",
                                std::chrono::ceil<std::chrono::seconds>(notice.pause).count(), notice.reason,
                                notice.url));
  };
  return world;
}

Result<Workspace> Session::open(OnDamage on_damage) const {
  if (options_.home.empty()) return no_home_error();
  APPORTION_ASSIGN(Workspace workspace,
                   Workspace::open(options_.home, clock_,
                                   [console = console_](const std::string& line) { console->progress(line); }));
  if (on_damage == OnDamage::kRefuse) APPORTION_TRY(workspace.control_plane.check(PlaneCheck::kRows));
  const auto read = Settings::read(workspace.control_plane);
  if (!read) {
    APPORTION_TRY(workspace.control_plane.check(PlaneCheck::kRows));
    return read.error();
  }
  const Settings& settings = *read;
  const bool sets_threads = options_.threads == 0 && settings[SettingId::kQueriesThreads] > 0;
  workspace.threads = sets_threads ? static_cast<int>(settings[SettingId::kQueriesThreads]) : threads();
  const std::int64_t memory_mib =
      options_.memory_mib > 0 ? options_.memory_mib : settings[SettingId::kQueriesMemoryMib];
  workspace.engine_memory_bytes = memory_mib << 20;
  workspace.control_plane.act_for(caller().actor);
  workspace.cancel = cancel_;
  if (options_.wait_seconds) workspace.patience = std::chrono::seconds(*options_.wait_seconds);
  if (console_->shows_progress()) {
    workspace.watch = [view = std::make_shared<ImportProgressView>(*console_, std::chrono::steady_clock::now)](
                          const ImportProgress& progress) { view->show(progress); };
  }
  return workspace;
}

Result<WritableWorkspace> Session::open_for_writing(OnDamage on_damage) {
  APPORTION_ASSIGN(Workspace workspace, open(on_damage));
  workspace_ = std::make_unique<Workspace>(std::move(workspace));
  APPORTION_ASSIGN(WritableWorkspace writable, begin_writing(*workspace_));
  // A damaged catalog may have lost the names of files that are still needed.
  if (on_damage == OnDamage::kGoOn && !workspace_->control_plane.check(PlaneCheck::kRows)) return writable;
  APPORTION_ASSIGN(const auto left_overs, remove_left_overs(writable));
  for (const std::string& path : left_overs) {
    console_->detail(fmt::format("removed, since nothing in this home needs it: {}", path));
  }
  return writable;
}

Error Session::explained(Error error) const {
  const bool may_be_damage = error.id == ErrorId::kEngineFailed || error.id == ErrorId::kControlPlaneRefusedStatement ||
                             error.id == ErrorId::kControlPlaneForeignValue;
  if (!may_be_damage) return error;
  const auto workspace = open(OnDamage::kGoOn);
  if (!workspace) return error;
  auto damages = workspace->control_plane.damages(PlaneCheck::kWhole);
  if (damages && !damages->empty()) return std::move(damages->front());
  if (error.id != ErrorId::kEngineFailed) return error;
  const auto files = workspace->control_plane.known_lake_files();
  if (!files) return error;
  auto damage = Lake(workspace->home).check(*files, FileCheck::kContent);
  return damage ? error : std::move(damage).error();
}

Error no_home_error() {
  return Error{ErrorId::kHomeUnknown, "it is not known where the home is", "",
               "neither --home, APPORTION_HOME, XDG_DATA_HOME nor HOME names a folder",
               "give one: `apportion --home DIR …`"};
}

std::filesystem::path default_home(const std::function<std::optional<std::string>(const char*)>& variable) {
  const auto set = [&variable](const char* name) {
    auto value = variable(name);
    return value && !value->empty() ? value : std::nullopt;
  };
  if (const auto data = set("XDG_DATA_HOME")) return std::filesystem::path(*data) / "apportion";
  if (const auto user = set("HOME")) return std::filesystem::path(*user) / ".local" / "share" / "apportion";
  return {};
}

}  // namespace apportion
