/// What commands that read have in common: a scope of months, an engine with the relations. Internal to `cli`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "foundation/base/result.h"
#include "lake/relations.h"
#include "pipeline/publication/workspace.h"
#include "store/home.h"

namespace apportion {

/// An engine of the workspace, which must outlive it.
struct ReadingEngine {
  Engine engine;

  static Result<ReadingEngine> open(const Workspace& workspace);
};

/// The months that a command line asks for; unset means all.
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

/// The months of a scope in words: `2026-10`, `2026-08 to 2026-10`, `all months`.
std::string months_in_words(const ReadScope& scope);

/// The published months in scope. kUsage if the first month in scope is after the last, the connection does not exist,
/// or a month was named and nothing of it is published.
Result<std::vector<PublishedMonth>> months_in_scope(const Workspace& workspace, const ReadScope& scope);

}  // namespace apportion
