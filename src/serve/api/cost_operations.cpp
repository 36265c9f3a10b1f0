#include <array>
#include <set>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "foundation/money/currency.h"
#include "query/cost_answer.h"
#include "query/cost_values.h"
#include "query/months_in_scope.h"
#include "serve/api/operations_internal.h"
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

// The rows of a page, in place of all.
Result<std::optional<std::string>> cut_to_page(const ApiCall& call, Table& table) {
  const std::string asked = question_without_page(call.body);
  APPORTION_ASSIGN(const PageRequest page, page_request(call, asked));
  const std::size_t begin = std::min(page.offset, table.rows.size());
  const std::size_t end = std::min(begin + page.limit, table.rows.size());
  const bool has_more = end < table.rows.size();
  table.rows.erase(table.rows.begin() + static_cast<std::ptrdiff_t>(end), table.rows.end());
  table.rows.erase(table.rows.begin(), table.rows.begin() + static_cast<std::ptrdiff_t>(begin));
  return has_more ? std::optional(next_cursor(call, asked, end)) : std::nullopt;
}

Result<ApiAnswer> query_costs(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_body(call));
  APPORTION_ASSIGN(const CostQuestion question, question_of(call.body));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(Reading reading, Reading::open(*workspace));
  APPORTION_ASSIGN(CostAnswer found, answer_costs(reading.lake(), scope, workspace->clock.today(), question));
  const Json whole = table_document(found.table);
  APPORTION_ASSIGN(const auto next, cut_to_page(call, found.table));
  ApiAnswer answer;
  answer.body = {{"months", months_in_words(scope)}};
  answer.body.update(table_document(found.table));
  answer.body["totals"] = whole["totals"];
  answer.body["holes"] = found.holes;
  answer.body["source"] = cost_source_name(found.source);
  if (!found.data_as_of.empty()) answer.body["data_as_of"] = found.data_as_of;
  if (next) answer.body["next"] = *next;
  return answer;
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
  APPORTION_TRY(check_months_in_scope(workspace->control_plane, scope));
  APPORTION_ASSIGN(Reading reading, Reading::open(*workspace));
  APPORTION_ASSIGN(const Table table, cost_values(reading.lake(), scope, request));
  ApiAnswer answer;
  answer.body = table_document(table);
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"queryCosts", Right::kReadOwnCosts, Effect::kReads, &query_costs},
    {"listCostValues", Right::kReadOwnCosts, Effect::kReads, &list_cost_values},
});

}  // namespace

std::span<const Operation> cost_operations() { return kOperations; }

}  // namespace apportion
