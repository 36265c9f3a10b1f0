#include "pipeline/publication/workspace.h"

#include <utility>

namespace apportion {

Result<Workspace> Workspace::open(const std::filesystem::path& folder, Clock clock, Talk talk) {
  APPORTION_ASSIGN(Home home, Home::open(folder));
  APPORTION_ASSIGN(ControlPlane control_plane, ControlPlane::open(home.control_plane_file(), clock, false));
  return Workspace{std::move(home), std::move(control_plane), std::move(clock), std::move(talk)};
}

namespace {

EngineOptions options_of(const Workspace& workspace, const TemporaryFolder& spill) {
  EngineOptions options;
  options.memory_bytes_max = workspace.engine_memory_bytes;
  options.threads = workspace.threads;
  options.temporary_folder = spill.path();
  return options;
}

}  // namespace

Result<Engine> open_engine(const Workspace& workspace) {
  SharedEngineDatabase& shared = *workspace.engine_database;
  const std::lock_guard lock(shared.mutex);
  if (!shared.database) {
    APPORTION_ASSIGN(TemporaryFolder spill, workspace.home.make_temporary_folder());
    APPORTION_ASSIGN(EngineDatabase database, EngineDatabase::open(options_of(workspace, spill)));
    shared.spill.emplace(std::move(spill));
    shared.database.emplace(std::move(database));
  }
  return Engine::open(*shared.database);
}

Result<OwnEngine> open_own_engine(const Workspace& workspace) {
  APPORTION_ASSIGN(TemporaryFolder spill, workspace.home.make_temporary_folder());
  EngineOptions options = options_of(workspace, spill);
  options.keep_order = true;
  APPORTION_ASSIGN(Engine engine, Engine::open(options));
  return OwnEngine{std::move(spill), std::move(engine)};
}

}  // namespace apportion
