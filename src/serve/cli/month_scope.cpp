#include "serve/cli/month_scope.h"

#include <utility>

namespace apportion {

Result<ReadingEngine> ReadingEngine::open(const Workspace& workspace) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  return ReadingEngine{std::move(engine)};
}

}  // namespace apportion
