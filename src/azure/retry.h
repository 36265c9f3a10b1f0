/// RetryingTransport: retries what may succeed later, at the pace that Azure asks for.
///
/// Retried are 408, 429, 500, 502, 503, 504 and requests without an answer (kUnreachable). The pause is the longest
/// of all that the answer's headers ask for (`Retry-After` in seconds or as a date, `retry-after-ms`,
/// `x-ms-retry-after-ms`, `x-ms-ratelimit-…-retry-after`), an hour at most; without any, it doubles each time, drawn
/// between zero and that. A request that may not be sent twice is repeated only after 429 and 503, when it was not
/// accepted. What has gone into a sink is never sent into it again: the caller continues by range. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "azure/http.h"

namespace apportion {

struct RetryOptions {
  int attempts_max = 8;
  std::chrono::milliseconds first_pause = std::chrono::seconds(1);
  std::chrono::milliseconds own_pause_max = std::chrono::seconds(60);  ///< Of those that Azure did not ask for.
  /// Of all pauses of one request. A pause that would exceed it is not begun: the answer is returned immediately.
  std::chrono::milliseconds wait_max = std::chrono::minutes(30);
};

/// A pause that is about to begin.
struct RetryNotice {
  std::string url;     ///< Without secrets.
  std::string reason;  ///< `429`, or why there was no answer.
  int attempt = 0;     ///< Attempts so far.
  std::chrono::milliseconds pause{0};
};

/// What the transport needs from outside; empty members: the real thing. Called on the threads that send.
struct RetryWorld {
  std::function<bool(std::chrono::milliseconds, const Cancel&)> wait;        ///< False if it was cancelled.
  std::function<std::chrono::milliseconds(std::chrono::milliseconds)> draw;  ///< Between zero and that.
  std::function<std::int64_t()> epoch_seconds;
  std::function<void(const RetryNotice&)> told;
};

class RetryingTransport : public HttpTransport {
 public:
  /// `inner` must outlive it.
  RetryingTransport(HttpTransport& inner, RetryOptions options, RetryWorld world);
  Result<HttpResponse> send(const HttpRequest& request, const Cancel& cancel) override;

 private:
  std::chrono::milliseconds pause_after(const Result<HttpResponse>& answer, int attempt) const;

  HttpTransport* inner_;
  RetryOptions options_;
  RetryWorld world_;
};

/// The longest pause that an answer asks for; nothing if it asks for none.
std::optional<std::chrono::milliseconds> asked_pause(const HttpResponse& response, std::int64_t epoch_seconds);

}  // namespace apportion
