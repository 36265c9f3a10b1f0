#include "serve/cli/month_scope.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace apportion {

Result<ReadingEngine> ReadingEngine::open(const Workspace& workspace) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  return ReadingEngine{std::move(engine)};
}

std::string months_in_words(const ReadScope& scope) {
  if (scope.month) return scope.month->to_string();
  if (scope.first_month && scope.last_month)
    return fmt::format("{} to {}", scope.first_month->to_string(), scope.last_month->to_string());
  if (scope.first_month) return fmt::format("from {}", scope.first_month->to_string());
  return scope.last_month ? fmt::format("up to {}", scope.last_month->to_string()) : "all months";
}

Result<std::vector<PublishedMonth>> months_in_scope(const Workspace& workspace, const ReadScope& scope) {
  if (scope.first_month && scope.last_month && *scope.last_month < *scope.first_month) {
    return Error{ErrorId::kCommandLineWrong, "the scope contains no month", months_in_words(scope),
                 "--from is later than --to", "swap them"};
  }
  APPORTION_ASSIGN(auto months, published_months(workspace.control_plane, scope));
  const bool any = std::any_of(months.begin(), months.end(),
                               [](const PublishedMonth& month) { return month.charge_set.has_value(); });
  if (any) return months;
  const std::string where = fmt::format("{}, {}", scope.connection.value_or("all connections"), months_in_words(scope));
  return Error{ErrorId::kNoCharges, "there are no charges in scope", where,
               "no such month has been imported and published yet",
               "`apportion months` shows what is there; `apportion sync` imports what is new"};
}

}  // namespace apportion
