/// Answers to requests with an idempotency key: the same request gets the same answer, and is not done again.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "foundation/base/result.h"
#include "serve/http/http_exchange.h"

namespace apportion {

struct KeptAnswer {
  int status = 200;
  nlohmann::ordered_json body;
  HttpHeaders headers = {};
  std::string etag = {};  ///< Without quotes; empty: none.
};

/// Kept for a day, as long as the service runs. Thread-safe.
class KeptAnswers {
 public:
  /// The answer of an earlier request with the key; nothing when there was none: then the caller answers it, and must
  /// call `keep` or `forget`. `request` tells requests apart. Errors: kIdempotencyKeyReused for another request,
  /// kServiceBusy while the same one is being answered.
  Result<std::optional<KeptAnswer>> begin(const std::string& key, const std::string& request, std::int64_t now_seconds);
  void keep(const std::string& key, KeptAnswer answer);
  /// For requests that failed: they may be tried again.
  void forget(const std::string& key);

 private:
  struct Entry {
    std::string request;
    std::int64_t since = 0;
    std::optional<KeptAnswer> answer;  // nothing while it is being answered
  };
  void drop_old(std::int64_t now_seconds);

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::deque<std::string> by_age_;
};

}  // namespace apportion
