/// Who a token speaks for, as its own claims say, so that messages can name the principal that lacks a role.
///
/// The claims are only shown, never trusted: Azure checks the signature, not this code.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

struct Principal {
  std::string app_id;     ///< Application (client) id.
  std::string object_id;  ///< Of the service principal, managed identity or user in `tenant`.
  std::string tenant;
  bool is_user = false;

  /// The value for `az role assignment create --assignee`; a placeholder if nothing is known.
  std::string assignee() const;
  /// For people: `application … (object …) in tenant …`.
  std::string description() const;
};

/// Fields that the token does not have are empty; all are empty if it is not a JSON web token.
Principal principal_of(std::string_view access_token);

}  // namespace apportion
