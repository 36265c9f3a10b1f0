/// Answers to questions about costs, remembered for as long as what they are made of is the same: the pages of one
/// long answer, and what all people of the partner see first, are worked out once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "foundation/base/lru_cache.h"
#include "foundation/base/result.h"
#include "foundation/base/single_flight.h"
#include "foundation/model/caller.h"
#include "serve/api/contract.h"

namespace apportion {

/// A question of a caller: two callers who may see the same and ask the same get the same answer.
struct RememberedQuestion {
  std::string_view operation;
  const Caller& caller;
  std::string_view today;
  std::string_view text;  ///< All that the answer depends on beside these.

  /// The same for equal questions only.
  std::string key() const;
};

/// Thread-safe. What was not used for longest goes first.
class RememberedAnswers {
 public:
  using Answer = std::shared_ptr<const Json>;
  using State = std::function<Result<std::string>()>;
  using Work = std::function<Result<Json>()>;

  /// `bytes_max`: how much is kept, about.
  explicit RememberedAnswers(std::int64_t bytes_max) : bytes_max_(bytes_max) {}

  /// The answer to the question with this key. `state` says, as a text, what answers are made of now: it is asked
  /// before and after `work`, so that no answer outlives what it was made of. Threads that
  /// ask the same of the same state meanwhile wait for the answer. Errors: those of both.
  Result<Answer> of(const std::string& key, const State& state, const Work& work);

  std::int64_t bytes() const;  ///< That are kept.

 private:
  Answer find(const std::string& key, const std::string& state);
  void keep(const std::string& key, const std::string& state, const Answer& answer);

  const std::int64_t bytes_max_;
  mutable std::mutex mutex_;
  std::string state_;         // that all answers are of
  LruCache<Answer> answers_;  // by key
  SingleFlight<Answer> works_;
};

}  // namespace apportion
