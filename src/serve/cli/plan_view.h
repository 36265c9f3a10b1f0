/// Shows what a sync would import, for `--dry-run`. Internal to `cli`.
#pragma once

#include "application/planned_imports.h"
#include "foundation/base/result.h"
#include "serve/cli/session.h"

namespace apportion {

/// Prints the plan as data. Returns the exit code.
Result<ExitCode> show_plan(Session& session, const ImportPlan& plan);

}  // namespace apportion
