/// Answers to requests with an idempotency key: the same request gets the same answer and is not done again, also after
/// the process that answered it has ended.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "foundation/base/result.h"
#include "store/answer_book.h"
#include "store/home.h"

namespace apportion {

/// A request with an idempotency key.
struct KeyedRequest {
  std::string actor;  ///< Keys of two actors have nothing to do with one another.
  std::string key;    ///< Without line breaks, like the next two.
  std::string method;
  std::string path;
  std::string body;
};

struct AnswerOnce {
  KeptAnswer answer;
  bool is_repeated = false;       ///< Whether it is that of an earlier request.
  std::optional<Error> not_kept;  ///< Why it could not be kept: the same request will not get it again.
};

/// Keeps answers for a day in the control plane, in clear: work whose answer holds a secret must not go through it.
/// Thread-safe.
class KeptAnswers {
 public:
  /// Errors: those of opening the control plane and of a temporary folder.
  static Result<std::unique_ptr<KeptAnswers>> open(const Home& home);
  KeptAnswers(const KeptAnswers&) = delete;
  KeptAnswers& operator=(const KeptAnswers&) = delete;

  /// The answer of the first request with the key, or that of `work` if this is the first one. Work that failed may be
  /// tried again with the same key. Errors: kIdempotencyKeyReused for another request; kServiceBusy while the first one
  /// is being answered; kOutcomeUnknown if it was begun and its answer is not known; those of `work`.
  Result<AnswerOnce> once(const KeyedRequest& request, std::int64_t now_seconds,
                          const std::function<Result<KeptAnswer>()>& work);

 private:
  class Turn;
  KeptAnswers(Home home, AnswerBook book, TemporaryFolder folder)
      : home_(std::move(home)), book_(std::move(book)), folder_(std::move(folder)) {}
  Result<std::optional<KeptAnswer>> begin(const AnswerKey& key, const std::string& request_hash,
                                          std::int64_t now_seconds);
  bool is_being_answered(const AnswerKey& key, const std::string& folder) const;

  const Home home_;
  std::mutex mutex_;
  AnswerBook book_;
  const TemporaryFolder folder_;                            // says that this process lives
  std::set<std::pair<std::string, std::string>> answered_;  // actor and key of what is being answered here
};

}  // namespace apportion
