#include "application/reading.h"

#include "store/settings.h"

namespace apportion {

Result<Reading> Reading::open(const Workspace& workspace) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  return Reading(workspace, std::nullopt, std::make_unique<Engine>(std::move(engine)));
}

Result<Reading> Reading::open_alone(const Workspace& workspace) {
  APPORTION_ASSIGN(OwnEngine own, open_own_engine(workspace));
  return Reading(workspace, std::move(own.spill), std::make_unique<Engine>(std::move(own.engine)));
}

Result<std::string> content_state(const Workspace& workspace) { return workspace.control_plane.content_state(); }

Result<std::shared_ptr<KeptCells>> make_kept_cells(const Workspace& workspace) {
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  const std::int64_t mebibytes = settings[SettingId::kQueriesCubesMib];
  return mebibytes == 0 ? nullptr : std::make_shared<KeptCells>(mebibytes << 20);
}

}  // namespace apportion
