#include "people/oidc/testing_provider.h"

#include <array>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "azure/certificate.h"
#include "foundation/base/check.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

EVP_PKEY* make_key(TestProviderKey::Kind kind) {
  switch (kind) {
    case TestProviderKey::Kind::kRsa: return EVP_RSA_gen(2048);
    case TestProviderKey::Kind::kWeakRsa: return EVP_RSA_gen(1024);
    case TestProviderKey::Kind::kP256: return EVP_EC_gen("P-256");
    case TestProviderKey::Kind::kP384: return EVP_EC_gen("P-384");
  }
  return nullptr;
}

std::string bytes_of(const BIGNUM* number, int size) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), size);
  return bytes;
}

std::string number_of_key(const EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  APPORTION_CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1, "the key has this part");
  std::string text = base64url(bytes_of(number, size == 0 ? BN_num_bytes(number) : size));
  BN_free(number);
  return text;
}

/// From OpenSSL's form to that of ES256.
std::string side_by_side(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
  std::string text = bytes_of(ECDSA_SIG_get0_r(both), 32) + bytes_of(ECDSA_SIG_get0_s(both), 32);
  ECDSA_SIG_free(both);
  return text;
}

}  // namespace

TestProviderKey::TestProviderKey(Kind kind, std::string id)
    : id_(std::move(id)), kind_(kind), key_(make_key(kind), EVP_PKEY_free) {}

Json TestProviderKey::jwk() const {
  Json json{{"kid", id_}, {"use", "sig"}};
  if (kind_ == Kind::kRsa || kind_ == Kind::kWeakRsa) {
    json["kty"] = "RSA";
    json["n"] = number_of_key(key_.get(), OSSL_PKEY_PARAM_RSA_N);
    json["e"] = number_of_key(key_.get(), OSSL_PKEY_PARAM_RSA_E);
  } else {
    const int size = kind_ == Kind::kP256 ? 32 : 48;
    json["kty"] = "EC";
    json["crv"] = kind_ == Kind::kP256 ? "P-256" : "P-384";
    json["x"] = number_of_key(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, size);
    json["y"] = number_of_key(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size);
  }
  return json;
}

std::string TestProviderKey::token(const Json& claims, const std::string& algorithm, const Json& header) const {
  Json whole{{"alg", algorithm}, {"kid", id_}, {"typ", "JWT"}};
  whole.merge_patch(header);
  const std::string text = unsigned_token(whole, claims);
  return text + '.' + base64url(signature(text, algorithm));
}

std::string TestProviderKey::signature(std::string_view text, const std::string& algorithm) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* key_context = nullptr;
  EVP_DigestSignInit(context, &key_context, EVP_sha256(), nullptr, key_.get());
  if (algorithm == "PS256") {
    EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST);
  }
  std::array<char, 1024> buffer{};
  std::size_t size = buffer.size();
  const int is_signed = EVP_DigestSign(context, reinterpret_cast<unsigned char*>(buffer.data()), &size,
                                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
  EVP_MD_CTX_free(context);
  APPORTION_CHECK(is_signed == 1, "OpenSSL signs");
  const std::string bytes(buffer.data(), size);
  return kind_ == Kind::kP256 ? side_by_side(bytes) : bytes;
}

std::string TestProviderKey::public_pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(memory, key_.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

std::string key_set(const std::vector<Json>& keys) { return Json{{"keys", keys}}.dump(); }

std::string unsigned_token(const Json& header, const Json& claims) {
  return base64url(header.dump()) + '.' + base64url(claims.dump());
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, 32> code{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), code.data(), nullptr);
  return {reinterpret_cast<const char*>(code.data()), code.size()};
}

}  // namespace apportion
