/// The one error of an identity provider whose answer is not what it should be.
#pragma once

#include <string>
#include <utility>

#include "foundation/base/result.h"

namespace apportion {

/// `why` is exact, for the log of whoever runs the service. It may hold what the provider sent, but no secret.
inline Error provider_error(std::string issuer, std::string why) {
  return {
      ErrorId::kSignInWithProviderFailed, "the identity provider's answer cannot be trusted", std::move(issuer),
      std::move(why),
      "sign in again; if that fails too, ask whoever runs the service to check the settings of the identity provider"};
}

}  // namespace apportion
