#include "application/withdrawal.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "store/live_import.h"

namespace apportion {
namespace {

// The imports that published charges are made of, and those of invoice lines that count.
Result<std::set<ImportId>> imports_in_force(const ControlPlane& control_plane,
                                            const std::vector<Connection>& connections) {
  std::vector<Import> all;
  for (const Connection& connection : connections) {
    APPORTION_ASSIGN(auto imports, control_plane.imports(connection.id));
    std::ranges::move(imports, std::back_inserter(all));
  }
  std::set<ImportId> in_force;
  for (const Import& import : live_invoice_imports(all)) in_force.insert(import.id);
  APPORTION_ASSIGN(const auto months, control_plane.bill_months());
  for (const BillMonth& month : months) {
    if (!month.charge_set) continue;
    APPORTION_ASSIGN(const ChargeSet charges, control_plane.charge_set(*month.charge_set));
    in_force.insert(charges.imports.begin(), charges.imports.end());
    in_force.insert(charges.price_sheets.begin(), charges.price_sheets.end());
  }
  return in_force;
}

}  // namespace

Result<std::vector<ListedImport>> list_imports(const ControlPlane& control_plane, const ReadScope& scope) {
  APPORTION_TRY(require_partner(scope, "which runs were imported"));
  APPORTION_ASSIGN(const auto connections, control_plane.connections());
  if (scope.connection) APPORTION_TRY(control_plane.connection_named(*scope.connection));
  APPORTION_ASSIGN(const std::set<ImportId> in_force, imports_in_force(control_plane, connections));
  std::vector<ListedImport> listed;
  for (const Connection& connection : connections) {
    if (scope.connection && connection.name != *scope.connection) continue;
    APPORTION_ASSIGN(auto imports, control_plane.imports(connection.id, scope.month));
    for (Import& import : imports) {
      const bool is_in_force = in_force.contains(import.id);
      listed.push_back({connection.name, std::move(import), is_in_force});
    }
  }
  return listed;
}

Result<FlowReport> withdraw_import(WritableWorkspace& writable, ImportId id, const std::string& reason,
                                   const Review& review) {
  if (trim(reason).empty()) return reason_missing_error();
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Import import, control_plane.import(id));
  APPORTION_ASSIGN(const Connection connection, control_plane.connection(import.connection));
  const Edit edit = [&](ControlPlane& edited) { return edited.withdraw_import(id, reason); };
  FlowReport report;
  APPORTION_ASSIGN(const auto month, control_plane.bill_month(import.connection, import.month));
  const bool is_beside_charges = tells_of_commitments(import.dataset) || holds_invoice_lines(import.dataset);
  if (is_beside_charges || !month) {
    if (review) {
      APPORTION_ASSIGN(const bool goes_on, writable.wait_unlocked([&] { return review(report.changes.emplace()); }));
      report.left_alone = !goes_on;
    }
    if (!report.left_alone) APPORTION_TRY(edit(control_plane));
    return report;
  }
  PublishOptions options;
  options.without = id;
  APPORTION_TRY(publish_months(writable, {{connection, import.month, true}}, options, true, report, edit, review));
  return report;
}

}  // namespace apportion
