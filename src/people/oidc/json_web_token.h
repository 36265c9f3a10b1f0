/// JSON web tokens (RFC 7519) in their compact form, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "foundation/base/result.h"

namespace apportion {

/// A signed token. Nothing of it may be believed before its signature was checked.
struct JsonWebToken {
  std::string algorithm;  ///< As its header says.
  std::string key_id;     ///< Empty if it names none.
  nlohmann::json claims;  ///< An object.
  std::string signed_text;
  std::string signature;

  /// Errors: kSignInWithProviderFailed if it is not three parts of canonical base64url with JSON objects in them, is of
  /// another type than `JWT`, or asks for extensions (`crit`).
  static Result<JsonWebToken> parse(std::string_view text);
};

/// Bytes of base64url without padding; nothing if it is not canonical, so that no two texts give the same bytes.
std::optional<std::string> base64url_decoded(std::string_view text);

}  // namespace apportion
