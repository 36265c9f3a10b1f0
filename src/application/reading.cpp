#include "application/reading.h"

namespace apportion {

Result<Reading> Reading::open(const Workspace& workspace) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  return Reading(workspace, std::nullopt, std::make_unique<Engine>(std::move(engine)));
}

Result<Reading> Reading::open_alone(const Workspace& workspace) {
  APPORTION_ASSIGN(OwnEngine own, open_own_engine(workspace));
  return Reading(workspace, std::move(own.spill), std::make_unique<Engine>(std::move(own.engine)));
}

}  // namespace apportion
