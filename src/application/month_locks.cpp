#include "application/month_locks.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "foundation/model/caller.h"
#include "query/months_report.h"
#include "store/settings.h"

namespace apportion {

Result<std::vector<LockedMonth>> months_to_lock(const Workspace& workspace, const LockRequest& request, bool locked,
                                                Day today) {
  const ReadScope scope = ReadScope::of_partner(request.connection, request.month);
  APPORTION_ASSIGN(const auto lines, months_report(workspace.control_plane, scope, today));
  std::vector<LockedMonth> months;
  bool any = false;
  for (const MonthLine& line : lines) {
    const bool is_published = std::ranges::any_of(line.runs, [](const MonthRun& run) { return run.in_force; });
    if (!is_published) continue;
    any = true;
    const bool is_locked = line.status.name == "locked";
    if (is_locked == locked || (request.complete_only && line.status.name != "complete")) continue;
    months.push_back({line.connection, line.month, line.status.name, line.status.reason});
  }
  if (any || !request.month) return months;
  return Error{ErrorId::kNothingToLock, "there is nothing to lock or unlock",
               fmt::format("{} {}", request.connection.value_or("all connections"), request.month->to_string()),
               "no charges of that month are published", "see which months there are: " + step(Step::kListMonths)};
}

Result<void> set_locked(WritableWorkspace& writable, const std::vector<LockedMonth>& months, bool locked) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  for (const LockedMonth& month : months) {
    APPORTION_ASSIGN(const Connection connection, control_plane.connection_named(month.connection));
    APPORTION_TRY(control_plane.set_locked(connection.id, month.month, locked));
  }
  return transaction.commit();
}

Result<std::vector<LockedMonth>> lock_due_months(WritableWorkspace& writable, Day today) {
  APPORTION_ASSIGN(const Settings settings, Settings::read(writable.workspace.control_plane));
  const auto days = static_cast<int>(settings[SettingId::kMonthsLockAfterDays]);
  if (days == 0) return std::vector<LockedMonth>();
  APPORTION_ASSIGN(auto months, months_to_lock(writable.workspace, {.complete_only = true}, true, today));
  std::erase_if(months, [&](const LockedMonth& one) { return today < one.month.last_day().plus_days(days); });
  APPORTION_TRY(set_locked(writable, months, true));
  return months;
}

}  // namespace apportion
