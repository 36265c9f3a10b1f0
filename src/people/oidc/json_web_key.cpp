#include "people/oidc/json_web_key.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "azure/json_text.h"
#include "foundation/base/check.h"
#include "people/oidc/provider_error_internal.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr std::size_t kP256Bytes = 32;

template <auto Free>
struct Deleter {
  template <class Thing>
  void operator()(Thing* thing) const {
    Free(thing);
  }
};
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;
using Key = std::shared_ptr<EVP_PKEY>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Key key_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  APPORTION_CHECK(parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1, "OpenSSL makes keys");
  const bool is_made = EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  ERR_clear_error();
  return is_made ? Key(key, EVP_PKEY_free) : nullptr;
}

std::optional<std::string> bytes_member(const Json& json, std::string_view name) {
  return base64url_decoded(text_member(json, name));
}

Key rsa_key(const Json& json) {
  const auto modulus = bytes_member(json, "n");
  const auto exponent = bytes_member(json, "e");
  if (!modulus || !exponent || modulus->size() * 8 > kRsaBitsMax || exponent->size() > sizeof(std::uint64_t)) return {};
  const Number n = number_of(*modulus);
  const Number e = number_of(*exponent);
  if (BN_num_bits(n.get()) < kRsaBitsMin || !BN_is_odd(e.get()) || BN_is_one(e.get())) return {};
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return key_of("RSA", builder.get());
}

Key p256_key(const Json& json) {
  const auto x = bytes_member(json, "x");
  const auto y = bytes_member(json, "y");
  if (!x || !y || x->size() != kP256Bytes || y->size() != kP256Bytes) return {};
  const std::string point = '\x04' + *x + *y;  // uncompressed
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return key_of("EC", builder.get());
}

bool is_for_signatures(const Json& json) {
  const Json& operations = member(json, "key_ops");
  const bool may_verify =
      operations.is_null() ||
      (operations.is_array() && std::find(operations.begin(), operations.end(), "verify") != operations.end());
  return may_verify && (!json.contains("use") || text_member(json, "use") == "sig");
}

std::optional<JsonWebKey> read_key(const Json& json) {
  if (!json.is_object() || !is_for_signatures(json)) return std::nullopt;
  JsonWebKey key{text_member(json, "kid"), JsonWebKey::Type::kRsa, text_member(json, "alg"),
                 text_member(json, "issuer"), nullptr};
  if (text_member(json, "kty") == "RSA") {
    key.key = rsa_key(json);
  } else if (text_member(json, "kty") == "EC" && text_member(json, "crv") == "P-256") {
    key.type = JsonWebKey::Type::kP256;
    key.key = p256_key(json);
  }
  return key.key ? std::optional(std::move(key)) : std::nullopt;
}

/// A signature of ES256, two numbers side by side, as OpenSSL expects it.
std::string der_signature(std::string_view signature) {
  if (signature.size() != 2 * kP256Bytes) return "";
  const EcSignature both(ECDSA_SIG_new());
  ECDSA_SIG_set0(both.get(), number_of(signature.substr(0, kP256Bytes)).release(),
                 number_of(signature.substr(kP256Bytes)).release());
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &bytes);
  APPORTION_CHECK(size > 0, "OpenSSL writes signatures");
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

Result<JsonWebKeys> JsonWebKeys::parse(std::string_view text) {
  const auto json = parse_json(text);
  if (!json || !member(*json, "keys").is_array()) return provider_error("", "its key set is not one");
  JsonWebKeys keys;
  for (const Json& one : member(*json, "keys")) {
    if (auto key = read_key(one)) keys.keys_.push_back(std::move(*key));
  }
  return keys;
}

std::vector<JsonWebKey> JsonWebKeys::candidates(const JsonWebToken& token) const {
  if (token.key_id.empty() && keys_.size() != 1) return {};
  std::vector<JsonWebKey> fitting;
  std::copy_if(keys_.begin(), keys_.end(), std::back_inserter(fitting), [&token](const JsonWebKey& key) {
    return (token.key_id.empty() || key.id == token.key_id) && knows_algorithm(key, token.algorithm);
  });
  return fitting;
}

bool knows_algorithm(const JsonWebKey& key, std::string_view algorithm) {
  if (!key.algorithm.empty() && key.algorithm != algorithm) return false;
  if (key.type == JsonWebKey::Type::kP256) return algorithm == "ES256";
  return algorithm == "RS256" || algorithm == "PS256";
}

bool is_signed_with(const JsonWebToken& token, const JsonWebKey& key) {
  if (!knows_algorithm(key, token.algorithm)) return false;
  const bool is_ec = key.type == JsonWebKey::Type::kP256;
  const std::string signature = is_ec ? der_signature(token.signature) : token.signature;
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // the digest's
  APPORTION_CHECK(EVP_DigestVerifyInit(context.get(), &key_context, EVP_sha256(), nullptr, key.key.get()) == 1,
                  "OpenSSL checks signatures");
  if (token.algorithm == "PS256") {
    APPORTION_CHECK(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
                        EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1,
                    "OpenSSL knows PSS");
  }
  const bool is_valid = EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                         bytes_of(token.signed_text), token.signed_text.size()) == 1;
  ERR_clear_error();
  return is_valid;
}

}  // namespace apportion
