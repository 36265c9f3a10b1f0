#include "application/withdrawal.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

Result<bool> is_in_force(const ControlPlane& control_plane, const Import& import) {
  APPORTION_ASSIGN(const auto month, control_plane.bill_month(import.connection, import.month));
  if (!month || !month->charge_set) return false;
  APPORTION_ASSIGN(const ChargeSet charges, control_plane.charge_set(*month->charge_set));
  return std::ranges::find(charges.imports, import.id) != charges.imports.end();
}

}  // namespace

Result<std::vector<ListedImport>> list_imports(const ControlPlane& control_plane, const ReadScope& scope) {
  APPORTION_TRY(require_partner(scope, "which runs were taken in"));
  APPORTION_ASSIGN(const auto connections, control_plane.connections());
  if (scope.connection) APPORTION_TRY(control_plane.connection_named(*scope.connection));
  std::vector<ListedImport> listed;
  for (const Connection& connection : connections) {
    if (scope.connection && connection.name != *scope.connection) continue;
    APPORTION_ASSIGN(auto imports, control_plane.imports(connection.id, scope.month));
    for (Import& import : imports) {
      APPORTION_ASSIGN(const bool in_force, is_in_force(control_plane, import));
      listed.push_back({connection.name, std::move(import), in_force});
    }
  }
  return listed;
}

Result<FlowReport> withdraw_import(WritableWorkspace& writable, ImportId id, const std::string& reason) {
  if (trim(reason).empty()) return reason_missing_error();
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Import import, control_plane.import(id));
  APPORTION_ASSIGN(const Connection connection, control_plane.connection(import.connection));
  const Edit edit = [&](ControlPlane& edited) { return edited.withdraw_import(id, reason); };
  FlowReport report;
  if (!holds_charges(import.dataset)) {
    APPORTION_TRY(edit(control_plane));
    return report;
  }
  PublishOptions options;
  options.without = id;
  APPORTION_TRY(publish_months(writable, {{connection, import.month, true}}, options, true, report, edit));
  return report;
}

}  // namespace apportion
