/// The public keys of an identity provider (RFC 7517), and checking signatures with them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>

#include "foundation/base/result.h"
#include "people/oidc/json_web_token.h"

namespace apportion {

/// A key that signatures can be checked with: RSA of 2048 bits or more, or EC on P-256.
struct JsonWebKey {
  enum class Type { kRsa, kP256 };

  std::string id;  ///< `kid`, perhaps empty.
  Type type;
  std::string algorithm;  ///< Empty: any of its type.
  std::string issuer;     ///< Entra's, of a key that signs for one issuer only; perhaps with `{tenantid}`. Or empty.
  std::shared_ptr<EVP_PKEY> key;
};

class JsonWebKeys {
 public:
  /// Keys of other kinds and for other uses are left out. Errors: kSignInWithProviderFailed if it is not a key set.
  static Result<JsonWebKeys> parse(std::string_view text);

  /// The keys that a token may be signed with: of its id, and of a type that knows its algorithm. A token that names no
  /// key may only be signed with the one key that there is.
  std::vector<JsonWebKey> candidates(const JsonWebToken& token) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<JsonWebKey> keys_;
};

/// Whether a key of this type makes signatures of an algorithm: RS256 and PS256 of RSA, ES256 of P-256. No other
/// algorithm is known here, least of all `none` and those with shared secrets.
bool knows_algorithm(const JsonWebKey& key, std::string_view algorithm);

/// Whether the token was signed with the key, by the algorithm that it names.
bool is_signed_with(const JsonWebToken& token, const JsonWebKey& key);

}  // namespace apportion
