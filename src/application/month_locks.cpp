#include "application/month_locks.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "query/invoiced_months.h"
#include "query/months_report.h"
#include "store/invoice_book.h"
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

namespace {

// Marks those whose invoices tie. `months`: complete ones.
Result<void> mark_invoiced(const Workspace& workspace, std::span<LockedMonth> months) {
  APPORTION_ASSIGN(const InvoiceBook book, InvoiceBook::open(workspace.home.control_plane_file(), workspace.clock));
  APPORTION_ASSIGN(const auto stated, book.stated());
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  LakeReader reader(engine, workspace.control_plane, Lake(workspace.home));
  std::vector<MonthOfConnection> asked;
  for (const LockedMonth& month : months) asked.push_back({month.connection, month.month});
  APPORTION_ASSIGN(const auto invoiced,
                   invoiced_months(reader, ReadScope::of_partner(), asked, stated, workspace.cancel));
  for (LockedMonth& month : months) {
    month.is_invoiced = std::ranges::find(invoiced, MonthOfConnection{month.connection, month.month}) != invoiced.end();
  }
  return ok();
}

}  // namespace

Result<std::vector<LockedMonth>> lock_due_months(WritableWorkspace& writable, Day today) {
  APPORTION_ASSIGN(const Settings settings, Settings::read(writable.workspace.control_plane));
  const auto days = static_cast<int>(settings[SettingId::kMonthsLockAfterDays]);
  const bool when_invoiced = settings[SettingId::kMonthsLockInvoiced] != 0;
  if (days == 0 && !when_invoiced) return std::vector<LockedMonth>();
  APPORTION_ASSIGN(auto months, months_to_lock(writable.workspace, {.complete_only = true}, true, today));
  const auto due = std::ranges::stable_partition(
      months, [&](const LockedMonth& one) { return days != 0 && today >= one.month.last_day().plus_days(days); });
  if (when_invoiced && !due.empty()) APPORTION_TRY(mark_invoiced(writable.workspace, due));
  months.erase(std::remove_if(due.begin(), due.end(), [](const LockedMonth& one) { return !one.is_invoiced; }),
               months.end());
  APPORTION_TRY(set_locked(writable, months, true));
  return months;
}

}  // namespace apportion
