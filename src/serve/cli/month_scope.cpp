#include "serve/cli/month_scope.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace apportion {

Result<ReadingEngine> ReadingEngine::open(const Workspace& workspace) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  return ReadingEngine{std::move(engine)};
}

Result<std::vector<PublishedMonth>> months_in_scope(const Workspace& workspace, const ReadScope& scope) {
  APPORTION_ASSIGN(auto months, published_months(workspace.control_plane, scope));
  const bool any = std::any_of(months.begin(), months.end(),
                               [](const PublishedMonth& month) { return month.charge_set.has_value(); });
  if (any) return months;
  const std::string where = fmt::format("{}{}{}", scope.connection.value_or("all connections"), scope.month ? " " : "",
                                        scope.month ? scope.month->to_string() : "");
  return Error{ErrorId::kNoCharges, "there are no charges to look at", where,
               "no such month was taken in and published yet",
               "`apportion months` shows what is there; `apportion sync` takes in what is new"};
}

}  // namespace apportion
