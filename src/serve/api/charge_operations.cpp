#include <array>

#include "query/charge_rows.h"
#include "query/explain.h"
#include "query/months_in_scope.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/explanation_document.h"

namespace apportion {
namespace {

// The rows behind a number.
Result<ApiAnswer> query_charges(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_body(call));
  const std::string question = question_without_page(call.body);
  APPORTION_ASSIGN(const PageRequest page, page_request(call, question));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(check_months_in_scope(workspace->control_plane, scope));
  APPORTION_ASSIGN(Reading reading, Reading::open(*workspace));
  ChargeRowsRequest request{filters_of(call.body), list_field(call.body, "columns")};
  request.offset = static_cast<std::int64_t>(page.offset);
  request.limit = static_cast<std::int64_t>(page.limit) + 1;  // one more says whether there is a next page
  APPORTION_ASSIGN(Table table, charge_rows(reading.lake(), scope, request));
  const bool has_more = table.rows.size() > page.limit;
  if (has_more) table.rows.pop_back();
  ApiAnswer answer;
  answer.body = table_document(table);
  answer.body.erase("totals");
  if (has_more) answer.body["next"] = next_cursor(call, question, page.offset + page.limit);
  return answer;
}

// Where a charge comes from, and why a customer pays for it.
Result<ApiAnswer> explain_charge(ApiCall& call) {
  APPORTION_ASSIGN(const RowId row, parse_row_id(call.path("row")));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(Reading reading, Reading::open(*workspace));
  APPORTION_ASSIGN(const RowExplanation explanation, explain_row(reading.lake(), call.caller.scope(), row));
  return document_answer(explanation_json(explanation));
}

// A customer's costs by rule.
Result<ApiAnswer> explain_costs_of_customer(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(check_months_in_scope(workspace->control_plane, scope));
  APPORTION_ASSIGN(Reading reading, Reading::open_alone(*workspace));
  APPORTION_ASSIGN(const Table table, explain_customer(reading.lake(), scope, CustomerId(call.path("customer"))));
  return document_answer(table_document(table));
}

constexpr auto kOperations = std::to_array<Operation>({
    {"queryCharges", Right::kReadOwnCosts, Effect::kReads, &query_charges},
    {"explainCharge", Right::kReadPartnerCosts, Effect::kReads, &explain_charge},
    {"explainCustomer", Right::kReadPartnerCosts, Effect::kReads, &explain_costs_of_customer},
});

}  // namespace

std::span<const Operation> charge_operations() { return kOperations; }

}  // namespace apportion
