#include "engine/trino/trino_client.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <nlohmann/json.hpp>

#include "engine/trino/trino_failure.h"
#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kSilenceMax = std::chrono::seconds(60);
constexpr std::uint64_t kPageBytesMax = std::uint64_t{256} << 20;

// By Trino's name of it. A decimal of any scale: its text is exact, and a cell that does not fit is refused.
std::optional<EngineType> type_of(std::string_view name) {
  if (name.starts_with("varchar") || name.starts_with("char") || name == "unknown") return EngineType::kText;
  if (name == "bigint" || name == "integer" || name == "smallint" || name == "tinyint") return EngineType::kInteger;
  if (name == "boolean") return EngineType::kBoolean;
  if (name == "date") return EngineType::kDay;
  if (name.starts_with("decimal(")) return EngineType::kDecimal;
  return std::nullopt;
}

// The value of a cell; nothing if it is not of the column's type.
std::optional<TrinoCell> cell_of(const Json& json, EngineType type) {
  if (json.is_null()) return TrinoCell();
  switch (type) {
    case EngineType::kText: return json.is_string() ? std::optional<TrinoCell>(json.get<std::string>()) : std::nullopt;
    case EngineType::kInteger:
      if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) return std::nullopt;
      return json.is_number_integer() ? std::optional<TrinoCell>(json.get<std::int64_t>()) : std::nullopt;
    case EngineType::kBoolean:
      return json.is_boolean() ? std::optional<TrinoCell>(std::int64_t{json.get<bool>() ? 1 : 0}) : std::nullopt;
    case EngineType::kDecimal: {
      if (!json.is_string()) return std::nullopt;
      const auto parsed = Decimal::parse(json.get_ref<const std::string&>());
      return parsed.error == DecimalError::kNone ? std::optional<TrinoCell>(parsed.value) : std::nullopt;
    }
    case EngineType::kDay: {
      const auto day = json.is_string() ? Day::parse(json.get_ref<const std::string&>()) : std::nullopt;
      return day ? std::optional<TrinoCell>(*day) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::string text_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<std::vector<EngineColumn>> columns_in(const Json& json, const std::string& where) {
  std::vector<EngineColumn> columns;
  if (!json.is_array()) return unreadable_answer("its columns are no list", where);
  for (const Json& column : json) {
    if (!column.is_object()) return unreadable_answer("a column is no object", where);
    const std::string name = text_in(column, "name");
    const std::string type_name = text_in(column, "type");
    const auto type = type_of(type_name);
    if (!type) {
      return unreadable_answer(fmt::format("the column {} has the type {}", excerpt(name), excerpt(type_name)), where);
    }
    columns.push_back({name, *type});
  }
  return columns;
}

Result<std::vector<TrinoRow>> rows_in(const Json& json, const std::vector<EngineColumn>& columns,
                                      const std::string& where) {
  if (!json.is_array()) return unreadable_answer("its rows are no list", where);
  std::vector<TrinoRow> rows;
  rows.reserve(json.size());
  for (const Json& row : json) {
    if (!row.is_array() || row.size() != columns.size()) {
      return unreadable_answer(fmt::format("a row does not have {} cells", columns.size()), where);
    }
    TrinoRow& cells = rows.emplace_back();
    cells.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      auto cell = cell_of(row[i], columns[i].type);
      if (!cell) return unreadable_answer(fmt::format("a cell of {} is not of its type", columns[i].name), where);
      cells.push_back(*std::move(cell));
    }
  }
  return rows;
}

std::string base64_of(const std::string& text) {
  std::string encoded((text.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(length));
  return encoded;
}

std::string encoded_session(const std::vector<std::pair<std::string, std::string>>& session) {
  std::string list;
  for (const auto& [name, value] : session)
    list += fmt::format("{}{}={}", list.empty() ? "" : ",", name, percent_encoded(value));
  return list;
}

}  // namespace

RetryOptions trino_retries() {
  RetryOptions options;
  options.attempts_max = 6;
  options.first_pause = milliseconds(200);
  options.own_pause_max = std::chrono::seconds(5);
  options.wait_max = std::chrono::seconds(30);
  return options;
}

TrinoClient::TrinoClient(HttpTransport& transport, TrinoSettings settings, TrinoLimits limits)
    : transport_(&transport), settings_(std::move(settings)), limits_(std::move(limits)) {
  while (settings_.url.ends_with('/')) settings_.url.pop_back();
}

steady_clock::time_point TrinoClient::now() const { return limits_.now ? limits_.now() : steady_clock::now(); }

bool TrinoClient::is_late() const { return limits_.deadline.count() > 0 && now() >= ends_; }

Error TrinoClient::fail(EngineFailure kind, Error error) {
  last_failure_ = kind;
  return error;
}

Error TrinoClient::fail_late() {
  return fail(EngineFailure::kDeadline,
              {ErrorId::kClusterFailed, "the Trino cluster did not answer in time", shown_url(settings_.url),
               fmt::format("it may take {} ms", limits_.deadline.count()), "ask for less, or allow more time"});
}

HttpRequest TrinoClient::request(std::string method, std::string url) const {
  HttpRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.answer_bytes_max = kPageBytesMax;
  request.stall_time_max = kSilenceMax;
  if (limits_.deadline.count() > 0) {
    const auto left = std::chrono::duration_cast<milliseconds>(ends_ - now());
    request.stall_time_max = std::clamp(left, milliseconds(1), kSilenceMax);
  }
  request.headers = {{"X-Trino-User", settings_.user}, {"X-Trino-Source", "apportion"}};
  if (!settings_.password.empty()) {
    request.headers.push_back({"Authorization", "Basic " + base64_of(settings_.user + ":" + settings_.password)});
  } else if (!settings_.token.empty()) {
    request.headers.push_back({"Authorization", "Bearer " + settings_.token});
  }
  return request;
}

Result<std::string> TrinoClient::version(const Cancel& cancel) {
  ends_ = now() + limits_.deadline;
  const HttpRequest info = request("GET", settings_.url + "/v1/info");
  auto response = transport_->send(info, cancel);
  if (!response) return fail(EngineFailure::kIo, unanswered(std::move(response).error()));
  const std::string where = shown_url(settings_.url);
  if (!response->ok()) {
    TrinoFailure failure = failure_of_status(*response, where);
    return fail(failure.kind, std::move(failure.error));
  }
  const Json json = Json::parse(response->body, nullptr, false);
  const bool has_version = json.is_object() && json.contains("nodeVersion") && json["nodeVersion"].is_object();
  const std::string found = has_version ? text_in(json["nodeVersion"], "version") : std::string();
  if (found.empty()) return fail(EngineFailure::kOther, unreadable_answer("it does not say its version", where));
  int number = 0;
  std::from_chars(found.data(), found.data() + found.size(), number);
  if (number < kTrinoVersionLeast) {
    return fail(EngineFailure::kOther,
                {ErrorId::kClusterVersionTooOld, "this version of Trino cannot be used", where,
                 fmt::format("it is {}, and was never tested before {}", excerpt(found), kTrinoVersionLeast),
                 fmt::format("run Trino {} or newer", kTrinoVersionLeast)});
  }
  if (json.value("starting", Json(false)) == Json(true)) {
    return fail(EngineFailure::kIo, {ErrorId::kClusterBusy, "the Trino cluster could not answer", where,
                                     "it is still starting", "ask again in a minute"});
  }
  return found;
}

Result<TrinoPage> TrinoClient::begin(std::string_view sql, const Cancel& cancel) {
  ends_ = now() + limits_.deadline;
  columns_.clear();
  HttpRequest statement = request("POST", settings_.url + "/v1/statement");
  statement.body = sql;
  statement.may_repeat = false;  // it would be run twice
  statement.headers.push_back({"X-Trino-Catalog", settings_.catalog});
  statement.headers.push_back({"X-Trino-Schema", settings_.schema});
  statement.headers.push_back({"X-Trino-Time-Zone", "UTC"});
  if (!settings_.session.empty()) statement.headers.push_back({"X-Trino-Session", encoded_session(settings_.session)});
  return ask(statement, cancel);
}

Result<TrinoPage> TrinoClient::next(const TrinoPage& before, const Cancel& cancel) {
  APPORTION_CHECK(!before.next.empty(), "there is no page behind the last");
  auto page = is_late() ? Result<TrinoPage>(fail_late()) : ask(request("GET", before.next), cancel);
  if (page) return page;
  const bool goes_on = last_failure_ == EngineFailure::kDeadline || last_failure_ == EngineFailure::kInterrupted;
  if (goes_on) stop(before);
  return page;
}

void TrinoClient::stop(const TrinoPage& page) {
  if (page.next.empty()) return;
  HttpRequest ending = request("DELETE", page.next);
  ending.stall_time_max = std::chrono::seconds(5);
  static_cast<void>(transport_->send(ending, Cancel()));
}

Result<TrinoPage> TrinoClient::ask(const HttpRequest& request, const Cancel& cancel) {
  auto response = transport_->send(request, cancel);
  if (cancel.requested()) return fail(EngineFailure::kInterrupted, cancelled_error(shown_url(settings_.url)));
  if (!response && is_late()) return fail_late();
  if (!response) return fail(EngineFailure::kIo, unanswered(std::move(response).error()));
  if (!response->ok()) {
    TrinoFailure failure = failure_of_status(*response, shown_url(settings_.url));
    return fail(failure.kind, std::move(failure.error));
  }
  return page_of(*response);
}

Result<TrinoPage> TrinoClient::page_of(const HttpResponse& response) {
  const std::string where = shown_url(settings_.url);
  const auto unreadable = [&](std::string why) {
    return fail(EngineFailure::kOther, unreadable_answer(std::move(why), where));
  };
  const Json json = Json::parse(response.body, nullptr, false);
  if (!json.is_object()) return unreadable("it is not JSON: " + excerpt(response.body, 100));
  if (const auto error = json.find("error"); error != json.end()) {
    if (!error->is_object()) return unreadable("its error is no object");
    TrinoFailure failure = failure_of_statement(text_in(*error, "errorName"), text_in(*error, "message"), where);
    return fail(failure.kind, std::move(failure.error));
  }
  if (columns_.empty() && json.contains("columns")) {
    auto columns = columns_in(json["columns"], where);
    if (!columns) return fail(EngineFailure::kOther, std::move(columns).error());
    columns_ = *std::move(columns);
  }
  TrinoPage page{columns_, {}, text_in(json, "nextUri")};
  if (const auto data = json.find("data"); data != json.end()) {
    auto rows = rows_in(*data, columns_, where);
    if (!rows) return fail(EngineFailure::kOther, std::move(rows).error());
    page.rows = *std::move(rows);
  }
  if (!page.next.empty() && origin_of(page.next) != origin_of(settings_.url)) {
    return unreadable(
        fmt::format("it leads to {}; a coordinator behind a proxy needs "
                    "http-server.process-forwarded=true",
                    origin_of(page.next)));
  }
  return page;
}

}  // namespace apportion
