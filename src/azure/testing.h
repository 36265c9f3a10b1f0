/// For tests: an HttpTransport with scripted answers, which keeps what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "azure/http.h"
#include "azure/token.h"
#include "foundation/base/result.h"

namespace apportion {

inline HttpResponse answer_with(int status, std::string body = "", std::vector<HttpHeader> headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

/// Answers each request by the first script that fits it: same method, and the URL contains a text. A script made with
/// `once` is used up; one made with `always` stays. What no script fits gets a kCheckFailed error. Treats cancel, sink
/// and `answer_bytes_max` as a real transport does. Thread-safe.
class FakeTransport : public HttpTransport {
 public:
  using Answer = std::function<Result<HttpResponse>(const HttpRequest&)>;

  void once(std::string method, std::string url_part, Answer answer) {
    const std::lock_guard lock(mutex_);
    scripts_.push_back({std::move(method), std::move(url_part), std::move(answer), true});
  }
  void always(std::string method, std::string url_part, Answer answer) {
    const std::lock_guard lock(mutex_);
    scripts_.push_back({std::move(method), std::move(url_part), std::move(answer), false});
  }
  void once(std::string method, std::string url_part, HttpResponse response) {
    once(std::move(method), std::move(url_part), constant(std::move(response)));
  }
  void always(std::string method, std::string url_part, HttpResponse response) {
    always(std::move(method), std::move(url_part), constant(std::move(response)));
  }

  Result<HttpResponse> send(const HttpRequest& request, const Cancel& cancel) override {
    if (cancel.requested()) return cancelled_error(shown_url(request));
    Answer answer = take(request);
    if (!answer) {
      return Error{ErrorId::kAuditLogBroken, "the test has no answer for this", request.method + " " + request.url,
                   "no script fits", "add one"};
    }
    APPORTION_ASSIGN(HttpResponse response, answer(request));
    if (response.body.size() > request.answer_bytes_max) {
      return Error{ErrorId::kManifestNotJson, "the answer is too large", shown_url(request), "", ""};
    }
    if (request.sink && response.ok()) {
      APPORTION_TRY(request.sink(response.body));
      response.body.clear();
    }
    return response;
  }

  /// All requests so far, in order.
  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// Scripts made with `once` that nobody used.
  std::size_t unused() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const Script& script : scripts_) count += script.one_time ? 1 : 0;
    return count;
  }

 private:
  struct Script {
    std::string method;
    std::string url_part;
    Answer answer;
    bool one_time;
  };

  static Answer constant(HttpResponse response) {
    return [response = std::move(response)](const HttpRequest&) -> Result<HttpResponse> { return response; };
  }

  Answer take(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    for (auto script = scripts_.begin(); script != scripts_.end(); ++script) {
      if (script->method != request.method || request.url.find(script->url_part) == std::string::npos) continue;
      Answer answer = script->answer;
      if (script->one_time) scripts_.erase(script);
      return answer;
    }
    return {};
  }

  mutable std::mutex mutex_;
  std::deque<Script> scripts_;
  std::vector<HttpRequest> requests_;
};

/// Gives `token-1`, `token-2`, … for an hour each, and keeps what it was asked for.
class FakeCredential : public Credential {
 public:
  Result<AccessToken> get(const TokenRequest& request, const Cancel&) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(request);
    return AccessToken{"token-" + std::to_string(asked_.size()),
                       std::chrono::steady_clock::now() + std::chrono::hours(1)};
  }
  std::string description() const override { return "an invented credential"; }
  std::vector<TokenRequest> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<TokenRequest> asked_;
};

/// The value of a request's header; empty if it has none.
inline std::string header_of(const HttpRequest& request, std::string_view name) {
  return std::string(HttpResponse{0, request.headers, ""}.header(name));
}

}  // namespace apportion
