#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "foundation/money/currency.h"
#include "query/cost_answer.h"
#include "query/cost_values.h"
#include "query/months_in_scope.h"
#include "serve/api/api_service.h"
#include "serve/api/operations_internal.h"
#include "serve/api/remembered_answers.h"
#include "serve/api/resource.h"

namespace apportion {
namespace {

Result<std::optional<Currency>> currency_of(const Json& body) {
  const auto code = text_field(body, "currency");
  if (!code) return std::optional<Currency>();
  const auto currency = Currency::parse(*code);
  if (currency) return std::optional(*currency);
  return field_value_error("currency", fmt::format("`{}` is not a currency", excerpt(*code)), "for example: USD");
}

Result<CostQuestion> question_of(const Json& body) {
  APPORTION_ASSIGN(const auto currency, currency_of(body));
  return CostQuestion{{list_field(body, "by"), list_field(body, "metrics"), filters_of(body), currency,
                       flag_field(body, "without_carried").value_or(false)},
                      text_field(body, "compare"),
                      text_field(body, "sort"),
                      number_field(body, "top")};
}

// What all callers who see the same get for the same question, whichever page of it they ask for.
Result<RememberedAnswers::Answer> remembered(const ApiCall& call, const Workspace& workspace, const std::string& asked,
                                             const RememberedAnswers::Work& work) {
  const std::string today = workspace.clock.today().to_string();
  const RememberedQuestion question{call.contract.id, call.caller, today, asked};
  return call.service.remembered_answers().of(
      question.key(), [&workspace] { return content_state(workspace); }, work);
}

Result<Json> worked_out_costs(const Workspace& workspace, const ReadScope& scope, const CostQuestion& question) {
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  APPORTION_ASSIGN(const CostAnswer found, answer_costs(reading.lake(), scope, workspace.clock.today(), question));
  Json document = {{"months", months_in_words(scope)}};
  document.update(table_document(found.table));
  document["holes"] = found.holes;
  document["source"] = cost_source_name(found.source);
  if (!found.data_as_of.empty()) document["data_as_of"] = found.data_as_of;
  return document;
}

// An answer with the rows of a page in place of all.
Result<Json> page_of(const ApiCall& call, const std::string& asked, const Json& whole) {
  APPORTION_ASSIGN(const PageRequest page, page_request(call, asked));
  const Json& rows = whole["rows"];
  const std::size_t begin = std::min(page.offset, rows.size());
  const std::size_t end = std::min(begin + page.limit, rows.size());
  const auto at = [&rows](std::size_t row) { return rows.begin() + static_cast<std::ptrdiff_t>(row); };
  Json body = Json::object();
  for (const auto& [name, part] : whole.items())
    body[name] = name == "rows" ? Json(Json::array_t(at(begin), at(end))) : part;
  if (end < rows.size()) body["next"] = next_cursor(call, asked, end);
  return body;
}

Result<ApiAnswer> query_costs(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_body(call));
  APPORTION_ASSIGN(const CostQuestion question, question_of(call.body));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  const std::string asked = question_without_page(call.body);
  APPORTION_ASSIGN(const auto whole,
                   remembered(call, *workspace, asked, [&] { return worked_out_costs(*workspace, scope, question); }));
  ApiAnswer answer;
  APPORTION_ASSIGN(answer.body, page_of(call, asked, *whole));
  return answer;
}

Result<Json> worked_out_values(const Workspace& workspace, const ReadScope& scope, const CostValuesRequest& request) {
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, scope));
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  APPORTION_ASSIGN(const Table table, cost_values(reading.lake(), scope, request));
  return table_document(table);
}

// What a filter can be completed with.
Result<ApiAnswer> list_cost_values(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_body(call));
  CostValuesRequest request;
  request.column = *text_field(call.body, "column");
  request.word = text_field(call.body, "word").value_or("");
  request.where = filters_of(call.body);
  request.limit = number_field(call.body, "limit").value_or(request.limit);
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto values, remembered(call, *workspace, call.body.dump(),
                                                 [&] { return worked_out_values(*workspace, scope, request); }));
  ApiAnswer answer;
  answer.body = *values;
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"queryCosts", Right::kReadOwnCosts, Effect::kReads, &query_costs},
    {"listCostValues", Right::kReadOwnCosts, Effect::kReads, &list_cost_values},
});

}  // namespace

std::span<const Operation> cost_operations() { return kOperations; }

}  // namespace apportion
