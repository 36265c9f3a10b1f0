#include "application/provider_calls.h"

#include <fmt/format.h>

namespace apportion {

CallDeadline::CallDeadline(const Cancel& outer, std::chrono::milliseconds time_max) : cancel_(outer.child()) {
  has_watcher_ = watcher_.start([this, time_max] {
    if (done_.wait_for(time_max)) cancel_.request();
  });
}

Error provider_is_late(const std::string& issuer, std::chrono::milliseconds waited) {
  return {ErrorId::kNoAnswer, "the identity provider does not answer", issuer,
          fmt::format("nothing complete came within {} s",
                      std::chrono::duration_cast<std::chrono::seconds>(waited).count()),
          "try again in some minutes"};
}

Error provider_calls_busy() {
  return {ErrorId::kServiceBusy, "too many people are signing in at this moment", "",
          "the identity provider is slow, or many came at once", "try again in some seconds"};
}

}  // namespace apportion
