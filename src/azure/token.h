/// Access tokens: requesting them from Entra, and caching them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

/// What a token is for. One resource per token: ARM and storage need one each, possibly from different tenants.
struct TokenRequest {
  std::string tenant;  ///< Entra tenant id; empty for the credential's own.
  std::string scope;   ///< `https://management.azure.com/.default`

  friend auto operator<=>(const TokenRequest&, const TokenRequest&) = default;
};

struct AccessToken {
  std::string text;  ///< A secret: goes into the Authorization header and nowhere else.
  std::chrono::steady_clock::time_point expires_at;
};

/// A way to sign in. Errors: kForbidden if Entra refuses (its AADSTS code in plain words, with the remedy), kInvalid if
/// the credential is not usable as it is, kUnreachable. Thread-safe.
class Credential {
 public:
  Credential() = default;
  Credential(const Credential&) = delete;
  Credential& operator=(const Credential&) = delete;
  virtual ~Credential() = default;
  virtual Result<AccessToken> get(const TokenRequest& request, const Cancel& cancel) = 0;
  /// For messages, without secrets: `application 11111111-… with a client secret`.
  virtual std::string description() const = 0;
};

/// Caches tokens and requests a new one some minutes before the old one expires. One request at a time per token,
/// however many threads need it. Thread-safe.
class TokenSource {
 public:
  using Now = std::chrono::steady_clock::time_point (*)();
  explicit TokenSource(std::shared_ptr<Credential> credential, Now now = std::chrono::steady_clock::now);

  Result<std::string> token(const TokenRequest& request, const Cancel& cancel);
  /// Removes a token from the cache: the server answered 401 to it.
  void forget(const TokenRequest& request);
  const Credential& credential() const { return *credential_; }

 private:
  struct Slot {
    std::mutex asking;
    AccessToken token;
    std::chrono::steady_clock::time_point renew_at;
    std::atomic<std::int64_t> refusals = 0;  ///< How often a request failed.
    std::optional<Error> last_refusal;       ///< Under `asking`.
  };
  std::shared_ptr<Credential> credential_;
  Now now_;
  std::mutex mutex_;
  std::map<TokenRequest, std::shared_ptr<Slot>> slots_;
};

}  // namespace apportion
