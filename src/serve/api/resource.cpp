#include "serve/api/resource.h"

#include <cerrno>
#include <charconv>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/content_hash.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

constexpr std::int64_t kLimitDefault = 100;

std::string_view kind_name(TableKind kind) {
  switch (kind) {
    case TableKind::kText: return "text";
    case TableKind::kDecimal: return "decimal";
    case TableKind::kPercent: return "percent";
    case TableKind::kMoney: return "money";
    case TableKind::kInteger: return "integer";
    case TableKind::kDay: return "day";
  }
  return "text";
}

using FieldReader = std::function<std::optional<std::string>(const char* name)>;

Result<std::optional<Month>> month_of(const FieldReader& field, const char* name) {
  const auto text = field(name);
  if (!text) return std::optional<Month>();
  const auto month = Month::parse(*text);
  if (month) return month;
  return field_value_error(name, fmt::format("`{}` is not a month", excerpt(*text)), "write it as YYYY-MM");
}

Result<ReadScope> scope_of(const ApiCall& call, const FieldReader& field) {
  const auto connection = field("connection");
  if (connection && !is_for_partner(call)) {
    return Error{ErrorId::kFieldUnknown, "there is no such field", "connection", "customers see all charges together",
                 "leave it out"};
  }
  APPORTION_ASSIGN(const auto month, month_of(field, "month"));
  ReadScope scope = call.caller.scope(connection, month);
  APPORTION_ASSIGN(scope.first_month, month_of(field, "from"));
  APPORTION_ASSIGN(scope.last_month, month_of(field, "to"));
  if (month && (scope.first_month || scope.last_month)) {
    return field_value_error("month", "it is given beside `from` or `to`", "give either one month or a range");
  }
  return scope;
}

// What a cursor belongs to.
std::string owner_of(const ApiCall& call, const std::string& question) {
  ContentHash hash;
  hash.add(call.contract.id).add(call.who.actor).add(call.acting_as ? call.acting_as->raw() : "");
  for (const auto& [name, values] : call.query) {
    if (name == "cursor" || name == "limit") continue;
    hash.add(name);
    for (const std::string& value : values) hash.add(value);
  }
  return hash.add(question).hex();
}

std::optional<std::string> page_field(const ApiCall& call, const char* name) {
  if (const auto value = call.query_value(name)) return value;
  if (!call.body.is_object() || !call.body.contains(name)) return std::nullopt;
  const Json& value = call.body[name];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// A file of a temporary folder that is removed with it.
class FileSource final : public HttpBodySource {
 public:
  FileSource(TemporaryFolder folder, const std::filesystem::path& path)
      : folder_(std::move(folder)), file_(path, std::ios::binary) {}

  Result<State> next(std::string& chunk) override {
    constexpr std::size_t kChunkBytes = 64 * 1024;
    chunk.resize(kChunkBytes);
    file_.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    chunk.resize(static_cast<std::size_t>(file_.gcount()));
    if (file_.bad()) return file_error("the file could not be read", folder_.path(), errno);
    return file_.eof() ? State::kEnd : State::kMore;
  }

 private:
  TemporaryFolder folder_;
  std::ifstream file_;
};

}  // namespace

Error field_value_error(const std::string& place, std::string why, std::string next) {
  return Error{ErrorId::kFieldInvalid, "the value of a field is not valid", place, std::move(why), std::move(next)};
}

Result<ReadScope> scope_of_query(const ApiCall& call) {
  return scope_of(call, [&call](const char* name) { return call.query_value(name); });
}

Result<ReadScope> scope_of_body(const ApiCall& call) {
  return scope_of(call, [&call](const char* name) { return text_field(call.body, name); });
}

ApiAnswer document_answer(Json document) {
  ApiAnswer answer;
  answer.etag = etag_of(document);
  answer.body = std::move(document);
  return answer;
}

Result<Json> kept_document(const std::string& text, const std::string& place) {
  Json document = Json::parse(text, nullptr, false);
  if (!document.is_discarded()) return document;
  return Error{ErrorId::kControlPlaneForeignValue, "the control plane holds a value that apportion did not write",
               place, "another program changed the file, or it is damaged",
               "restore the home from a backup: " + step(Step::kRestoreHome)};
}

Json table_document(const Table& table) {
  Json columns = Json::array();
  for (const TableColumn& column : table.columns) {
    Json described = {{"name", column.name}, {"kind", kind_name(column.kind)}};
    if (!column.unit.empty()) described["unit"] = column.unit;
    columns.push_back(std::move(described));
  }
  Table totals = table;
  totals.rows = totals_of(table);
  Json document = {{"columns", std::move(columns)}, {"rows", rows_json(table)}, {"totals", rows_json(totals)}};
  if (table.currency) document["currency"] = table.currency->code();
  document["notices"] = table.notices;
  return document;
}

Result<ApiAnswer> table_page_answer(const ApiCall& call, Table table) {
  APPORTION_ASSIGN(const PageRequest page, page_request(call, {}));
  const std::size_t rows = table.rows.size();
  const std::size_t begin = std::min(page.offset, rows);
  const std::size_t end = std::min(begin + page.limit, rows);
  const auto at = [&table](std::size_t row) { return table.rows.begin() + static_cast<std::ptrdiff_t>(row); };
  Table shown = table;
  shown.rows.assign(at(begin), at(end));
  Json document = table_document(shown);
  table.rows = totals_of(table);
  document["totals"] = rows_json(table);
  document["row_count"] = rows;
  if (end < rows) document["next"] = next_cursor(call, {}, end);
  return document_answer(std::move(document));
}

std::vector<CostFilter> filters_of(const Json& body) {
  std::vector<CostFilter> filters;
  if (!body.contains("where")) return filters;
  for (const Json& written : body["where"]) {
    filters.push_back({*text_field(written, "column"), list_field(written, "values")});
  }
  return filters;
}

std::string question_without_page(Json body) {
  body.erase("cursor");
  body.erase("limit");
  return body.dump();
}

Result<PageRequest> page_request(const ApiCall& call, const std::string& question) {
  PageRequest request;
  const auto limit = page_field(call, "limit");
  request.limit = limit ? std::stoull(*limit) : kLimitDefault;  // the contract checked it
  const auto cursor = page_field(call, "cursor");
  if (!cursor) return request;
  APPORTION_ASSIGN(const std::string position, call.service.cursors().open(owner_of(call, question), *cursor));
  std::from_chars(position.data(), position.data() + position.size(), request.offset);
  return request;
}

std::string next_cursor(const ApiCall& call, const std::string& question, std::size_t offset) {
  return call.service.cursors().seal(owner_of(call, question), std::to_string(offset));
}

Result<ApiAnswer> start_job(ApiCall& call, const std::string& kind, const std::string& subject, ApiJobs::Work work) {
  APPORTION_ASSIGN(auto workspace, call.service.own_workspace(call.caller));
  APPORTION_ASSIGN(const JobId id, call.service.jobs().start(std::move(workspace), kind, subject, std::move(work)));
  ApiAnswer answer;
  constexpr int kAccepted = 202;
  answer.status = kAccepted;
  answer.body = {{"job", id.raw()}};
  answer.headers.add("Location", fmt::format("/api/v1/jobs/{}", id.raw()));
  return answer;
}

Result<void> audit_download(ApiCall& call, const std::string& file_name) {
  const std::string as = call.acting_as ? fmt::format(", as {}", call.acting_as->raw()) : "";
  return call.service.identities().note(call.who, "dataset.download", file_name + as, call.acting_as);
}

Result<ApiAnswer> file_answer(const Workspace& workspace, const std::string& file_name, const std::string& content_type,
                              const std::function<Result<void>(const std::filesystem::path&)>& write) {
  APPORTION_ASSIGN(TemporaryFolder folder, workspace.home.make_temporary_folder());
  const std::filesystem::path path = folder.path() / "answer";
  APPORTION_TRY(write(path));
  ApiAnswer answer;
  answer.content_type = content_type;
  answer.headers.add("Content-Disposition", fmt::format("attachment; filename=\"{}\"", file_name));
  answer.source = std::make_unique<FileSource>(std::move(folder), path);
  return answer;
}

}  // namespace apportion
