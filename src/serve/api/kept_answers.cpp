#include "serve/api/kept_answers.h"

#include <utility>

namespace apportion {
namespace {

constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr std::size_t kEntriesMax = 10'000;

}  // namespace

Result<std::optional<KeptAnswer>> KeptAnswers::begin(const std::string& key, const std::string& request,
                                                     std::int64_t now_seconds) {
  const std::lock_guard lock(mutex_);
  drop_old(now_seconds);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    entries_[key] = {request, now_seconds, std::nullopt};
    by_age_.push_back(key);
    return std::optional<KeptAnswer>();
  }
  if (found->second.request != request) {
    return Error{ErrorId::kIdempotencyKeyReused, "the idempotency key belongs to another request", "Idempotency-Key",
                 "a request with the same key had another operation or body", "use a new key for a new request"};
  }
  if (!found->second.answer) {
    return Error{ErrorId::kServiceBusy, "the same request is being answered", "Idempotency-Key", "",
                 "wait, and send it again"};
  }
  return found->second.answer;
}

void KeptAnswers::keep(const std::string& key, KeptAnswer answer) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) found->second.answer = std::move(answer);
}

void KeptAnswers::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  entries_.erase(key);
  std::erase(by_age_, key);
}

void KeptAnswers::drop_old(std::int64_t now_seconds) {
  while (!by_age_.empty()) {
    const auto oldest = entries_.find(by_age_.front());
    const bool is_old =
        oldest == entries_.end() || now_seconds - oldest->second.since > kDaySeconds || entries_.size() > kEntriesMax;
    if (!is_old) return;
    if (oldest != entries_.end()) entries_.erase(oldest);
    by_age_.pop_front();
  }
}

}  // namespace apportion
