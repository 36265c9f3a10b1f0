#include <array>

#include <fmt/format.h>

#include "application/carried_changes.h"
#include "application/invoices.h"
#include "application/late_changes.h"
#include "application/month_locks.h"
#include "application/publish.h"
#include "query/change_report.h"
#include "query/month_coverage.h"
#include "query/months_in_scope.h"
#include "query/months_report.h"
#include "query/proof.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/flow_document.h"
#include "serve/format/late_change_document.h"
#include "serve/format/months_document.h"
#include "serve/format/proof_document.h"

namespace apportion {
namespace {

// A customer learns whether its months may still change, and nothing of connections and runs.
Result<ApiAnswer> months_of_customer(const ApiCall& call, const Workspace& workspace) {
  APPORTION_ASSIGN(const MonthCoverage coverage,
                   month_coverage(workspace.control_plane, ReadScope::of_partner(), workspace.clock.today()));
  Json months = Json::array();
  for (const auto& [month, state] : coverage.states) {
    const bool may_change = state != "locked";
    if (call.caller.scope().has_month(month)) {
      months.push_back({{"month", month.to_string()}, {"may_change", may_change}});
    }
  }
  return document_answer({{"months", std::move(months)}});
}

Result<ApiAnswer> list_months(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  if (!is_for_partner(call)) return months_of_customer(call, *workspace);
  APPORTION_ASSIGN(const auto months, months_report(workspace->control_plane, scope, workspace->clock.today()));
  return document_answer({{"months", months_json(months)}});
}

Result<ApiAnswer> set_months_locked(ApiCall& call, bool locked) {
  APPORTION_ASSIGN(const auto month, month_field(call.body, "month"));
  const bool complete_only = flag_field(call.body, "complete_only").value_or(false);
  if (!month && !complete_only) {
    return Error{ErrorId::kFieldMissing, "a field is missing", "/month", "it is not clear which months are meant",
                 "give a month, or `complete_only`"};
  }
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(WritableWorkspace writable, begin_editing(*workspace, OnDamage::kRefuse, [](const std::string&) {}));
  const LockRequest request{text_field(call.body, "connection"), month, complete_only};
  APPORTION_ASSIGN(const auto months, months_to_lock(*workspace, request, locked, workspace->clock.today()));
  const bool dry_run = flag_field(call.body, "dry_run").value_or(false);
  if (!dry_run) APPORTION_TRY(set_locked(writable, months, locked));
  ApiAnswer answer;
  answer.body = locked_months_json(months, locked, dry_run);
  return answer;
}

Result<ApiAnswer> lock_months(ApiCall& call) { return set_months_locked(call, true); }
Result<ApiAnswer> unlock_months(ApiCall& call) { return set_months_locked(call, false); }

Result<ApiAnswer> split_published_months_again(ApiCall& call) {
  MonthsToSplit request;
  request.connection = text_field(call.body, "connection");
  APPORTION_ASSIGN(request.month, month_field(call.body, "month"));
  request.accept_rejects = flag_field(call.body, "accept_rejects").value_or(false);
  request.accept_shrunk = flag_field(call.body, "accept_shrunk").value_or(false);
  request.dry_run = flag_field(call.body, "dry_run").value_or(false);
  return start_job(call, "split", request.connection.value_or(""), [request](Workspace& workspace) -> Result<Json> {
    APPORTION_ASSIGN(WritableWorkspace writable,
                     begin_editing(workspace, OnDamage::kRefuse, [](const std::string&) {}));
    APPORTION_ASSIGN(const FlowReport report, split_months(writable, request, reviewed({}, request.dry_run), [] {}));
    return flow_json(report);
  });
}

Result<ApiAnswer> list_changes(ApiCall& call) {
  ChangeRequest request;
  APPORTION_ASSIGN(request.scope, scope_of_query(call));
  request.lines = call.query_flag("lines");
  request.by = call.query_list("by");
  request.top = call.query_number("top");
  request.only_differences = call.query_flag("only_differences");
  if (request.top && !request.lines && request.by.empty()) {
    return field_value_error("query `top`", "without lines, all customers are shown", "ask for lines, or name columns");
  }
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(check_months_in_scope(workspace->control_plane, request.scope));
  APPORTION_ASSIGN(Reading reading, Reading::open(*workspace));
  APPORTION_ASSIGN(const Table table, change_report(reading.lake(), request));
  return document_answer(table_document(table));
}

// What newer charges would change, for each customer and currency.
Result<std::optional<Table>> differences_of(const ApiCall& call, Reading& reading, const LateChange& change) {
  ChangeRequest request{.scope = call.caller.scope(change.connection, change.held.month), .only_differences = true};
  APPORTION_ASSIGN(Table table, change_report(reading.lake(), request));
  return std::optional(std::move(table));
}

Result<ApiAnswer> list_late_changes(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto changes, late_changes(workspace->control_plane, scope, call.query_flag("all")));
  APPORTION_ASSIGN(Reading reading, Reading::open(*workspace));
  std::vector<LateChangeDifferences> shown;
  for (const LateChange& change : changes) {
    LateChangeDifferences one{change, std::nullopt};
    if (change.held.decision == HoldDecision::kOpen) {
      APPORTION_ASSIGN(one.differences, differences_of(call, reading, change));
    }
    shown.push_back(std::move(one));
  }
  return document_answer(late_changes_json(shown));
}

Result<ApiAnswer> decide_late_change(ApiCall& call) {
  const std::string decision = *text_field(call.body, "decision");
  const std::string connection = *text_field(call.body, "connection");
  const std::string reason = *text_field(call.body, "reason");
  APPORTION_ASSIGN(const auto month, month_field(call.body, "month"));
  APPORTION_ASSIGN(const auto to, month_field(call.body, "to"));
  if (decision == "carry" && !to) {
    return Error{ErrorId::kFieldMissing, "a field is missing", "/to", "a carried change counts in a later month",
                 "give the month"};
  }
  const bool dry_run = flag_field(call.body, "dry_run").value_or(false);
  return start_job(
      call, "late-changes", fmt::format("{} {}", connection, month->to_string()),
      [=](Workspace& workspace) -> Result<Json> {
        APPORTION_ASSIGN(WritableWorkspace writable,
                         begin_editing(workspace, OnDamage::kRefuse, [](const std::string&) {}));
        const Review review = reviewed({}, dry_run);
        const CarryRequest carry{connection, month, reason};
        if (decision == "accept") {
          APPORTION_ASSIGN(const FlowReport report, accept_late_change(writable, {connection, *month, reason}, review));
          return flow_json(report);
        }
        if (decision == "carry") {
          APPORTION_ASSIGN(const CarriedChange carried, carry_late_change(writable, carry, *to, review));
          return carried_change_json(carried, false);
        }
        if (decision == "undo-carry") {
          APPORTION_ASSIGN(const CarriedChange carried, undo_carry(writable, carry, review));
          return carried_change_json(carried, true);
        }
        const LateDecision left{connection, *month, reason};
        APPORTION_TRY(leave_late_change(writable, left, dry_run));
        return left_change_json(left, dry_run);
      });
}

Result<ApiAnswer> prove_months(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(Reading reading, Reading::open(*workspace));
  APPORTION_ASSIGN(const Proof proof, prove_with_invoices(call.caller, *workspace, reading.lake(), scope));
  ApiAnswer answer;
  answer.body = proof_json(proof);
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listMonths", Right::kReadOwnCosts, Effect::kReads, &list_months},
    {"lockMonths", Right::kManageMonths, Effect::kCreates, &lock_months},
    {"unlockMonths", Right::kManageMonths, Effect::kCreates, &unlock_months},
    {"splitMonths", Right::kApplyDocuments, Effect::kCreates, &split_published_months_again},
    {"listChanges", Right::kReadOwnCosts, Effect::kReads, &list_changes},
    {"listLateChanges", Right::kReadMonths, Effect::kReads, &list_late_changes},
    {"decideLateChange", Right::kManageMonths, Effect::kCreates, &decide_late_change},
    {"proveMonths", Right::kReadPartnerCosts, Effect::kReads, &prove_months},
});

}  // namespace

std::span<const Operation> month_operations() { return kOperations; }

}  // namespace apportion
