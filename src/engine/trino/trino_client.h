/// TrinoClient: one statement after another over the REST protocol of Trino (`/v1/statement`).
///
/// A statement is sent once; its rows come in pages, each of which names the next. Every page is checked against the
/// columns before anybody sees it. What the client talks to is decided by the settings alone: a page that leads to
/// another host is refused, since the password would go there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "azure/http.h"
#include "azure/retry.h"
#include "engine/query_engine.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

/// The versions of Trino that this program was tested with begin here; an older one is refused.
inline constexpr int kTrinoVersionLeast = 476;

struct TrinoSettings {
  std::string url;      ///< `https://trino.example.com:8443`; http to this machine only.
  std::string catalog;  ///< In which the lake's Delta tables are registered.
  std::string schema;
  std::string user;
  std::string password{};  ///< At most one of the two; both need https, except to this machine.
  std::string token{};     ///< A JSON Web Token, sent as it is.
  std::vector<std::pair<std::string, std::string>> session{};  ///< Session properties, by name.
};

/// What a statement may take, and the clock that says so; an empty clock is the real one.
struct TrinoLimits {
  std::chrono::milliseconds deadline{0};  ///< Of a statement, its rows visited; 0: none.
  std::function<std::chrono::steady_clock::time_point()> now{};
};

/// Reading is tried again for some seconds when the cluster is briefly not there.
RetryOptions trino_retries();

using TrinoCell = std::variant<std::monostate, std::string, std::int64_t, Decimal, Day>;
using TrinoRow = std::vector<TrinoCell>;

struct TrinoPage {
  std::vector<EngineColumn> columns;  ///< Empty until the statement has been planned.
  std::vector<TrinoRow> rows;
  std::string next;  ///< Where the next page is; empty: that was the last.
};

class TrinoClient {
 public:
  /// The transport must outlive it.
  TrinoClient(HttpTransport& transport, TrinoSettings settings, TrinoLimits limits);

  const TrinoSettings& settings() const { return settings_; }

  /// Asks whether the cluster is there, has started, and is not too old.
  Result<std::string> version(const Cancel& cancel);

  /// Sends a statement, whose deadline begins now; returns its first page, usually without rows.
  Result<TrinoPage> begin(std::string_view sql, const Cancel& cancel);
  /// The page at `next` of the page before it.
  Result<TrinoPage> next(const TrinoPage& before, const Cancel& cancel);
  /// Ends a statement whose rows nobody wants any more. Says nothing if that fails: the cluster ends it by itself, once
  /// nobody has asked for long.
  void stop(const TrinoPage& page);

  /// What kind of failure the last error was.
  EngineFailure last_failure() const { return last_failure_; }

 private:
  Result<TrinoPage> ask(const HttpRequest& request, const Cancel& cancel);
  Result<TrinoPage> page_of(const HttpResponse& response);
  Error fail(EngineFailure kind, Error error);
  Error fail_late();
  HttpRequest request(std::string method, std::string url) const;
  std::chrono::steady_clock::time_point now() const;
  bool is_late() const;

  HttpTransport* transport_;
  TrinoSettings settings_;
  TrinoLimits limits_;
  std::chrono::steady_clock::time_point ends_{};  // when the statement must have been answered
  std::vector<EngineColumn> columns_;             // of the statement
  EngineFailure last_failure_ = EngineFailure::kOther;
};

}  // namespace apportion
