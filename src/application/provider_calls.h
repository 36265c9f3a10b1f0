/// Calls of an identity provider while somebody waits for the answer: all together have little time.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <type_traits>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "foundation/base/threads.h"

namespace apportion {

/// For all answers of the provider to one request.
inline constexpr std::chrono::milliseconds kProviderTimeMax = std::chrono::seconds(15);

/// Stops what runs under `cancel()` once the time is up; ends with what runs.
class CallDeadline {
 public:
  CallDeadline(const Cancel& outer, std::chrono::milliseconds time_max);
  CallDeadline(const CallDeadline&) = delete;
  CallDeadline& operator=(const CallDeadline&) = delete;
  ~CallDeadline() { done_.request(); }

  /// False if the system gave no thread for it.
  bool is_kept() const { return has_watcher_; }
  const Cancel& cancel() const { return cancel_; }

 private:
  Cancel cancel_;
  Cancel done_;
  bool has_watcher_ = false;
  Threads watcher_;  // joined first
};

Error provider_is_late(const std::string& issuer, std::chrono::milliseconds waited);
Error provider_calls_busy();

/// What `call(cancel)` returns, or kNoAnswer if it takes too long; kServiceBusy if nothing can watch the time.
template <class Call>
std::invoke_result_t<const Call&, const Cancel&> answered_in_time(const std::string& issuer, const Cancel& cancel,
                                                                  std::chrono::milliseconds time_max,
                                                                  const Call& call) {
  const CallDeadline deadline(cancel, time_max);
  if (!deadline.is_kept()) return provider_calls_busy();
  auto answer = call(deadline.cancel());
  const bool is_late = !answer && answer.error().kind() == ErrorKind::kCancelled && !cancel.requested();
  if (is_late) return provider_is_late(issuer, time_max);
  return answer;
}

}  // namespace apportion
