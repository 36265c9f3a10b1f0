/// Azure's clouds: where to sign in, where the management API is, how storage hosts end.
///
/// Source: Azure's lists of endpoints of the public, US Government and China (21Vianet) clouds. A cloud may also be
/// given by its parts, which is how tests and private gateways are reached.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

struct Cloud {
  std::string name;            ///< `public`, `usgov`, `china`, or `custom`.
  std::string login;           ///< `https://login.microsoftonline.com`, without a slash at the end.
  std::string arm;             ///< `https://management.azure.com`
  std::string storage_suffix;  ///< `core.windows.net`: blob hosts are `ACCOUNT.blob.` + this.

  std::string arm_scope() const { return arm + "/.default"; }
  /// The same in every cloud.
  static std::string storage_scope() { return "https://storage.azure.com/.default"; }
};

/// Errors (kUsage) list the names there are.
Result<Cloud> cloud_named(std::string_view name);

}  // namespace apportion
