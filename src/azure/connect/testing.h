/// For tests: the exports of one scope as Azure keeps them, behind a fake transport.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "azure/arm_client.h"
#include "azure/connect/json_fields.h"
#include "azure/testing.h"

namespace apportion::connect_testing {

using Json = nlohmann::json;

inline HttpResponse json_answer(int status, const Json& body) { return answer_with(status, body.dump()); }

inline HttpResponse error_answer(int status, const std::string& code, const std::string& message = "no") {
  return json_answer(status, {{"error", {{"code", code}, {"message", message}}}});
}

/// A client on a fake transport, signed in with invented tokens.
struct TestClient {
  FakeTransport transport;
  TokenSource tokens{std::make_shared<FakeCredential>()};
  Cancel cancel;
  ArmClient arm{transport, tokens,
                Cloud{"public", "https://login.example.com", "https://arm.example.com", "core.windows.net"}, "",
                cancel};
};

inline std::string path_of(const HttpRequest& request) {
  const auto start = request.url.find('/', 8);
  return request.url.substr(start, request.url.find('?') - start);
}

/// Keeps exports, demands the newest eTag on an update, takes runs, and lets them end when their history is read.
class FakeExports {
 public:
  explicit FakeExports(FakeTransport& transport) {
    for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
      transport.always(method, "Microsoft.CostManagement/exports",
                       [this](const HttpRequest& request) -> Result<HttpResponse> { return answer(request); });
    }
  }

  std::map<std::string, Json> exports;            ///< By name.
  std::map<std::string, std::vector<Json>> runs;  ///< By name, oldest first.
  /// How the run of a period ends, by its month: a status; `Completed` when there is none.
  std::map<std::string, std::string> endings;
  /// Answers instead of taking a run.
  std::function<Result<HttpResponse>(const std::string& month)> refuse_run;
  /// Happens before a PUT is looked at.
  std::function<void()> before_put;
  std::vector<std::string> submitted;  ///< `export month`
  int looks_until_end = 2;

 private:
  Result<HttpResponse> answer(const HttpRequest& request) {
    const std::string path = path_of(request);
    const std::string name = segment_after(path, "exports");
    const std::string last = last_segment(path);
    if (last == "exports") return list();
    if (last == "run") return run(name, request);
    if (last == "runHistory") return history(name);
    if (request.method == "PUT") return put(name, Json::parse(request.body));
    if (!exports.contains(name)) return error_answer(404, "NotFound");
    if (request.method == "DELETE") return exports.erase(name), answer_with(200);
    return json_answer(200, exports[name]);
  }

  HttpResponse list() {
    Json values = Json::array();
    for (const auto& [name, body] : exports) values.push_back(body);
    return json_answer(200, {{"value", values}});
  }

  HttpResponse put(const std::string& name, Json body) {
    if (before_put) before_put();
    const bool exists = exports.contains(name);
    if (exists && text_field(body, {"eTag"}) != text_field(exports[name], {"eTag"})) {
      return error_answer(412, "PreconditionFailed", "the eTag is not the newest");
    }
    body["name"] = name;
    body["eTag"] = "\"tag-" + std::to_string(++puts_) + "\"";
    body["properties"]["nextRunTimeEstimate"] = "2026-11-26T05:00:00Z";
    exports[name] = body;
    return json_answer(exists ? 200 : 201, body);
  }

  Result<HttpResponse> run(const std::string& name, const HttpRequest& request) {
    const Json body = request.body.empty() ? Json() : Json::parse(request.body);
    const std::string from = text_field(body, {"timePeriod", "from"});
    const std::string month = from.substr(0, 7);
    if (refuse_run) {
      auto refused = refuse_run(month);
      if (!refused || refused->status != 0) return refused;
    }
    take_run(name, month, from, text_field(body, {"timePeriod", "to"}));
    return answer_with(200);
  }

  HttpResponse history(const std::string& name) {
    Json values = Json::array();
    for (Json& run : runs[name]) {
      Json& properties = run["properties"];
      const int looks = run["looks"].get<int>() + 1;
      run["looks"] = looks;
      if (looks >= looks_until_end && properties["status"] != "Completed") {
        const std::string month = text_field(properties, {"startDate"}).substr(0, 7);
        properties["status"] = endings.contains(month) ? endings[month] : "Completed";
        properties["processingEndTime"] = "2026-11-25T12:09:00Z";
      }
      values.push_back(run);
    }
    return json_answer(200, {{"value", values}});
  }

 public:
  void take_run(const std::string& name, const std::string& month, const std::string& from, const std::string& to,
                const std::string& submitted_time = "2026-11-25T12:00:30.1234567Z") {
    submitted.push_back(name + " " + month);
    const std::string id = "00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + submitted.size());
    runs[name].push_back({{"id", "/x/exports/" + name + "/run/" + id},
                          {"looks", 0},
                          {"properties",
                           {{"executionType", "OnDemand"},
                            {"status", "Queued"},
                            {"submittedTime", submitted_time},
                            {"startDate", from},
                            {"endDate", to}}}});
  }

 private:
  int puts_ = 0;
};

}  // namespace apportion::connect_testing
