/// What the operations of several resources need. Internal to `api`.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "application/reading.h"
#include "foundation/model/caller.h"
#include "query/cost_report.h"
#include "query/table.h"
#include "serve/api/api_service.h"
#include "serve/api/operation.h"

namespace apportion {

/// The months and the connection that a request is about: `connection`, `month`, `from` and `to` of its query. Errors:
/// kFieldUnknown for a connection that a customer names, since a customer sees those of all together; kFieldInvalid.
Result<ReadScope> scope_of_query(const ApiCall& call);
/// The same of the fields of a JSON body.
Result<ReadScope> scope_of_body(const ApiCall& call);

/// An answer of 200 with a document, and its entity tag.
ApiAnswer document_answer(Json document);

/// A document that the home kept as text. `place` says which. Errors: kControlPlaneForeignValue.
Result<Json> kept_document(const std::string& text, const std::string& place);

/// Columns, rows, totals, currency and notices. A cell that is unknown or empty is left out.
Json table_document(const Table& table);

/// A page of the rows of a table, from the request's `cursor` on, with the totals of all of them and their number.
/// Errors: kCursorInvalid.
Result<ApiAnswer> table_page_answer(const ApiCall& call, Table table);

/// The filters of a question: `where` of a body.
std::vector<CostFilter> filters_of(const Json& body);

/// A question without the fields of its page: what a cursor belongs to.
std::string question_without_page(Json body);

/// Where a page begins, and how a next one is named, for lists that are read page by page.
struct PageRequest {
  std::size_t offset = 0;
  std::size_t limit = 0;
};
Result<PageRequest> page_request(const ApiCall& call, const std::string& question);
std::string next_cursor(const ApiCall& call, const std::string& question, std::size_t offset);

/// A page of things that are all there: as many as the request's `limit`, from its `cursor` on, each as `json_of` shows
/// it. `{"items": […], "next": "…"}`; without `next`, it is the last one. Errors: kCursorInvalid.
template <class Thing, class JsonOf>
Result<Json> page_of(const ApiCall& call, const std::vector<Thing>& things, const JsonOf& json_of) {
  APPORTION_ASSIGN(const PageRequest request, page_request(call, {}));
  const std::size_t end = std::min(things.size(), request.offset + request.limit);
  Json items = Json::array();
  for (std::size_t i = request.offset; i < end; ++i) items.push_back(json_of(things[i]));
  Json page = {{"items", std::move(items)}};
  if (end < things.size()) page["next"] = next_cursor(call, {}, end);
  return page;
}

/// Starts long work as a job, and answers 202 with its id.
Result<ApiAnswer> start_job(ApiCall& call, const std::string& kind, const std::string& subject, ApiJobs::Work work);

/// A file that is made for one answer: `write` fills a path in a temporary folder, which goes with the answer.
Result<ApiAnswer> file_answer(const Workspace& workspace, const std::string& file_name, const std::string& content_type,
                              const std::function<Result<void>(const std::filesystem::path&)>& write);

/// Notes a download in the audit log: who took what away.
Result<void> audit_download(ApiCall& call, const std::string& file_name);

/// Whether the caller is the partner, and not acting as a customer.
inline bool is_for_partner(const ApiCall& call) { return call.caller.is_partner(); }

/// The error of a field whose text is well-formed, but means nothing here.
Error field_value_error(const std::string& place, std::string why, std::string next);

}  // namespace apportion
