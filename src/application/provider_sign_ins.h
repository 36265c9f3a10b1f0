/// Signing in with the identity provider as a browser does it: it is sent there, and comes back. What has begun is kept
/// in this process, for ten minutes, and used once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "application/identities.h"
#include "application/provider_calls.h"
#include "azure/http.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "people/oidc/oidc_client.h"

namespace apportion {

/// Where a browser is to go, and what it is to bring back beside the provider's answer, as a cookie.
struct BegunProviderSignIn {
  std::string url;
  std::string browser_secret;
};

struct FinishedProviderSignIn {
  StartedSession session;
  std::string return_to;
};

/// Who asks to sign in.
struct SignInVisitor {
  std::string address;
  std::string network;  ///< Of the address: what counts as one visitor.
  std::string user_agent;
};

/// Thread-safe.
class ProviderSignIns {
 public:
  struct World {
    std::filesystem::path home;
    SecretBox::Variable variable;  ///< For the key that the client's secret is sealed with.
    std::function<std::int64_t()> epoch_seconds;
    std::chrono::milliseconds call_time_max = kProviderTimeMax;  ///< For the provider's answers, all together.
  };

  static constexpr std::int64_t kSecondsMax = 10 * 60;
  static constexpr std::size_t kBegunMax = 1000;
  static constexpr std::size_t kBegunByOneMax = 20;  ///< Of one network.
  static constexpr int kCallsMax = 3;                ///< To the provider, at once.

  /// Both must outlive it.
  ProviderSignIns(World world, Identities& identities, HttpTransport& transport);

  /// When too many have begun, the oldest of whoever began most is forgotten. Errors: kFieldInvalid if `return_to` is
  /// neither empty nor a path of this service; kIdentityProviderMissing; kServiceBusy; those of OidcClient::begin.
  Result<BegunProviderSignIn> begin(const std::string& return_to, const SignInVisitor& visitor, const Cancel& cancel);
  /// Errors: kSignInWithProviderFailed if this browser has not begun it, or if it is too late; those of
  /// OidcClient::finish and Identities::sign_in_by_provider; kIdentityProviderMissing, kServiceBusy.
  Result<FinishedProviderSignIn> finish(const OidcAnswer& answer, std::string_view browser_secret,
                                        const SignInVisitor& visitor, const Cancel& cancel);
  /// How many have begun.
  std::size_t begun() const;

 private:
  // The provider as it is set up now, and the client that was made for it.
  struct Current {
    IdentityProvider provider;
    std::shared_ptr<OidcClient> client;
  };
  struct Begun {
    OidcSignIn sign_in;
    std::string browser_hash;
    std::string return_to;
    std::string network;
    std::int64_t ends_at = 0;
    std::int64_t number = 0;  // the smaller, the older
    std::shared_ptr<OidcClient> client;
  };

  Result<Current> current();
  void keep(Begun begun);
  void forget_one();
  Result<Begun> take(const std::string& state, std::string_view browser_secret);
  template <class T>
  Result<T> in_time(const Current& its, const Cancel& cancel, const std::function<Result<T>(const Cancel&)>& call);

  World world_;
  Identities* identities_;
  HttpTransport* transport_;
  mutable std::mutex mutex_;
  std::map<std::string, Begun> begun_;  // by the hash of their state
  std::int64_t last_number_ = 0;
  std::shared_ptr<OidcClient> client_;
  std::string client_made_of_;
  std::atomic<int> calls_ = 0;
};

/// Whether a text is a path of this service that a browser may be sent to: `/costs?month=2026-10`, and nothing that it
/// could take for another host.
bool is_path_of_this_service(std::string_view path);

}  // namespace apportion
