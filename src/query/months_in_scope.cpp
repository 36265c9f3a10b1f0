#include "query/months_in_scope.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "lake/snapshot.h"

namespace apportion {

std::string months_in_words(const ReadScope& scope) {
  if (scope.month) return scope.month->to_string();
  if (scope.first_month && scope.last_month)
    return fmt::format("{} to {}", scope.first_month->to_string(), scope.last_month->to_string());
  if (scope.first_month) return fmt::format("from {}", scope.first_month->to_string());
  return scope.last_month ? fmt::format("up to {}", scope.last_month->to_string()) : "all months";
}

Result<void> check_months_in_scope(const ControlPlane& control_plane, const ReadScope& scope) {
  if (scope.first_month && scope.last_month && *scope.last_month < *scope.first_month) {
    return Error{ErrorId::kMonthsReversed, "the scope contains no month", months_in_words(scope),
                 "the first month is later than the last", "swap them"};
  }
  APPORTION_ASSIGN(const auto published, months_with_carried(control_plane, scope));
  const bool any =
      std::ranges::any_of(published->months, [](const PublishedMonth& month) { return month.charge_set.has_value(); });
  if (any) return ok();
  const std::string where = fmt::format("{}, {}", scope.connection.value_or("all connections"), months_in_words(scope));
  return Error{ErrorId::kNoCharges, "there are no charges in scope", where,
               "no such month has been imported and published yet",
               fmt::format("see which months there are: {}; or take in what is new: {}", step(Step::kListMonths),
                           step(Step::kSync))};
}

}  // namespace apportion
