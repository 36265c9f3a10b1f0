/// Azure's clouds: the sign-in host, the management API, and the suffix of storage hosts.
///
/// Source: Azure's lists of endpoints of the public, US Government and China (21Vianet) clouds. A cloud may also be
/// given by its parts, which is how tests and private gateways are reached. Microsoft Graph tells partners of their
/// billing in the public cloud only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

struct Cloud {
  std::string name;            ///< `public`, `usgov`, `china`, or `custom`.
  std::string login;           ///< `https://login.microsoftonline.com`, without a slash at the end.
  std::string arm;             ///< `https://management.azure.com`
  std::string storage_suffix;  ///< `core.windows.net`: blob hosts are `ACCOUNT.blob.` + this.
  /// `https://graph.microsoft.com`; empty where Microsoft Graph has no billing of partners.
  std::string graph = {};

  std::string arm_scope() const { return arm + "/.default"; }
  std::string graph_scope() const { return graph + "/.default"; }
  /// The same in every cloud.
  static std::string storage_scope() { return "https://storage.azure.com/.default"; }
};

/// Also accepts the names that Azure's command line uses. Errors (kNoSuchCloud) list the known names.
Result<Cloud> cloud_named(std::string_view name);

/// Different addresses for parts of a cloud; what is not given stays.
struct CloudParts {
  std::optional<std::string> login;           ///< A URL: `https://login.example.com`.
  std::optional<std::string> arm;             ///< A URL.
  std::optional<std::string> storage_suffix;  ///< `core.example.com`
  std::optional<std::string> graph = {};      ///< A URL, of Microsoft Graph.
};

/// Those of the environment: `AZURE_AUTHORITY_HOST`, `APPORTION_ARM_ENDPOINT`, `APPORTION_STORAGE_SUFFIX`,
/// `APPORTION_GRAPH_ENDPOINT`.
CloudParts cloud_parts_of_environment(const std::function<std::optional<std::string>(const char*)>& variable);

/// `cloud` with `parts` in it. Errors (kCloudSettingsInvalid): a part is not an https URL of a host (http for this
/// machine only), or not a host name.
Result<Cloud> cloud_with(Cloud cloud, const CloudParts& parts);

}  // namespace apportion
