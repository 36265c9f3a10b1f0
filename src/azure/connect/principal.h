/// Who a token speaks for, as its own claims say, so that messages can name the principal that lacks a role.
///
/// The claims are only shown, never trusted: the signature is not checked, Azure does that.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

struct Principal {
  std::string app_id;     ///< Application (client) id.
  std::string object_id;  ///< Of the service principal, managed identity or user in `tenant`.
  std::string tenant;
  bool is_user = false;

  /// What `az role assignment create --assignee` takes; a word to replace when nothing is known.
  std::string assignee() const;
  /// For people: `application … (object …) in tenant …`.
  std::string description() const;
};

/// Empty fields for what the token does not say, all empty when it is no JSON web token.
Principal principal_of(std::string_view access_token);

}  // namespace apportion
