/// What reading commands share: a scope of months, the state of each, an engine with the relations. Internal to `cli`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "foundation/base/result.h"
#include "lake/relations.h"
#include "pipeline/publication/workspace.h"
#include "query/month_status.h"
#include "store/home.h"

namespace apportion {

/// The state of months as the pipeline sees it on a day.
MonthStatusOf month_status_of(Day today);

/// An engine with the folder that it may spill to, which outlives it.
struct ReadingEngine {
  TemporaryFolder spill;
  Engine engine;

  static Result<ReadingEngine> open(const Workspace& workspace);
};

/// The published months in scope. kUsage when the connection does not exist, or a month was named and nothing of it is
/// published.
Result<std::vector<PublishedMonth>> months_in_scope(const Workspace& workspace, const RelationScope& scope);

}  // namespace apportion
