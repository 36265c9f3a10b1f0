#include "application/bill_months.h"

#include <algorithm>

#include "application/partner_only.h"

namespace apportion {

Result<std::vector<NamedMonth>> months_split_as_before(const Caller& caller, const Workspace& workspace) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const auto months, workspace.control_plane.bill_months());
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  std::vector<NamedMonth> named;
  for (const BillMonth& month : months) {
    if (!month.needs_split || !month.split || month.locked) continue;
    const auto connection = std::ranges::find(connections, month.connection, &Connection::id);
    if (connection != connections.end()) named.push_back({connection->name, month.month});
  }
  return named;
}

Result<std::size_t> count_locked_months(const Caller& caller, const Workspace& workspace, std::optional<Month> from) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const auto months, workspace.control_plane.bill_months());
  return static_cast<std::size_t>(std::ranges::count_if(
      months, [&from](const BillMonth& month) { return month.locked && (!from || month.month >= *from); }));
}

}  // namespace apportion
