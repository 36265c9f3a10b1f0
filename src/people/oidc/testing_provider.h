/// For tests: keys of an identity provider, and tokens that it signs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>
#include <nlohmann/json.hpp>

namespace apportion {

class TestProviderKey {
 public:
  enum class Kind { kRsa, kWeakRsa, kP256, kP384 };

  TestProviderKey(Kind kind, std::string id);
  /// The public key, as in a key set.
  nlohmann::json jwk() const;
  /// A token with these claims. The header names the key and `algorithm`; members of `header` replace its own, those
  /// that are null remove it.
  std::string token(const nlohmann::json& claims, const std::string& algorithm,
                    const nlohmann::json& header = nlohmann::json::object()) const;
  std::string public_pem() const;

 private:
  std::string signature(std::string_view text, const std::string& algorithm) const;

  std::string id_;
  Kind kind_;
  std::shared_ptr<EVP_PKEY> key_;
};

/// A key set.
std::string key_set(const std::vector<nlohmann::json>& keys);

/// Header and claims as the first two parts of a token.
std::string unsigned_token(const nlohmann::json& header, const nlohmann::json& claims);

/// Signs as HS256 does.
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace apportion
