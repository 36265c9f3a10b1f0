/// Remembered: what took long to work out, kept for as long as what it is made of is the same.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "foundation/base/lru_cache.h"
#include "foundation/base/result.h"
#include "foundation/base/single_flight.h"

namespace apportion {

/// Thread-safe. What was not used for longest goes first.
template <class Value>
class Remembered {
 public:
  using Answer = std::shared_ptr<const Value>;
  using State = std::function<Result<std::string>()>;
  using Work = std::function<Result<Value>()>;
  /// The memory that a value needs, about.
  using BytesOf = std::int64_t (*)(const Value& value);

  /// `bytes_max`: how much is kept, about; `bytes_of_one_max`: what is larger is not kept.
  Remembered(std::int64_t bytes_max, std::int64_t bytes_of_one_max, BytesOf bytes_of)
      : bytes_max_(bytes_max), bytes_of_one_max_(bytes_of_one_max), bytes_of_(bytes_of) {}

  /// The answer to the question with this key. `state` says, as a text, what answers are made of now: it is asked
  /// before and after `work`, so that no answer outlives what it was made of. Threads that
  /// ask the same of the same state meanwhile wait for the answer. Errors: those of both.
  Result<Answer> of(const std::string& key, const State& state, const Work& work) {
    APPORTION_ASSIGN(const std::string before, state());
    if (Answer found = find(key, before)) return found;
    return works_.of(key + ' ' + before, [&]() -> Result<Answer> {
      // Another thread may have ended its work since.
      if (Answer found = find(key, before)) return found;
      APPORTION_ASSIGN(Value value, work());
      auto answer = std::make_shared<const Value>(std::move(value));
      APPORTION_ASSIGN(const std::string after, state());
      if (after == before) keep(key, after, answer);
      return Answer(std::move(answer));
    });
  }

  std::int64_t bytes() const {  ///< That are kept.
    const std::lock_guard lock(mutex_);
    return answers_.bytes();
  }

 private:
  Answer find(const std::string& key, const std::string& state) {
    const std::lock_guard lock(mutex_);
    const Answer* answer = state == state_ ? answers_.find(key) : nullptr;
    return answer == nullptr ? nullptr : *answer;
  }

  void keep(const std::string& key, const std::string& state, const Answer& answer) {
    const std::int64_t answer_bytes = bytes_of_(*answer);
    const std::int64_t bytes = LruCache<Answer>::bytes_with(key, answer_bytes);
    const std::lock_guard lock(mutex_);
    if (state != state_) {
      answers_.clear();
      state_ = state;
    }
    if (bytes > bytes_of_one_max_ || answers_.contains(key)) return;
    answers_.shrink_to(bytes_max_ - bytes);
    answers_.put(key, answer, answer_bytes);
  }

  const std::int64_t bytes_max_;
  const std::int64_t bytes_of_one_max_;
  const BytesOf bytes_of_;
  mutable std::mutex mutex_;
  std::string state_;         // that all answers are of
  LruCache<Answer> answers_;  // by key
  SingleFlight<Answer> works_;
};

}  // namespace apportion
