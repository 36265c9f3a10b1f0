/// What reading commands share: a scope of months, an engine with the relations. Internal to `cli`.
#pragma once

#include <optional>
#include <string>

#include "engine/engine.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// An engine of the workspace, which must outlive it.
struct ReadingEngine {
  Engine engine;

  static Result<ReadingEngine> open(const Workspace& workspace);
};

/// What a command line says of the months that it asks for; unset means all.
struct MonthOptions {
  std::optional<std::string> connection;  ///< Name.
  std::optional<Month> month;
  std::optional<Month> first_month = {};
  std::optional<Month> last_month = {};

  ReadScope scope_for(const Caller& caller) const {
    ReadScope scope = caller.scope(connection, month);
    scope.first_month = first_month;
    scope.last_month = last_month;
    return scope;
  }
};

}  // namespace apportion
