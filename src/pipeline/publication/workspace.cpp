#include "pipeline/publication/workspace.h"

namespace apportion {

Result<Workspace> Workspace::open(const std::filesystem::path& folder, Clock clock, Talk talk) {
  APPORTION_ASSIGN(Home home, Home::open(folder));
  APPORTION_ASSIGN(ControlPlane control_plane, ControlPlane::open(home.control_plane_file(), clock, false));
  return Workspace{std::move(home), std::move(control_plane), std::move(clock), std::move(talk)};
}

Result<Engine> open_engine(const Workspace& workspace) {
  SharedEngineDatabase& shared = *workspace.engine_database;
  const std::lock_guard lock(shared.mutex);
  if (!shared.database) {
    APPORTION_ASSIGN(TemporaryFolder spill, workspace.home.make_temporary_folder());
    EngineOptions options;
    options.memory_bytes_max = workspace.engine_memory_bytes;
    options.threads = workspace.threads;
    options.temporary_folder = spill.path();
    APPORTION_ASSIGN(EngineDatabase database, EngineDatabase::open(options));
    shared.spill.emplace(std::move(spill));
    shared.database.emplace(std::move(database));
  }
  return Engine::open(*shared.database);
}

}  // namespace apportion
