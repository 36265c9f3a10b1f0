#include "people/secrets.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <sodium.h>

#include "foundation/base/check.h"

namespace apportion {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretLetters = 43;  // of 32 bytes as base64url without padding
constexpr std::size_t kPublicIdBytes = 6;

std::string_view prefix_of(SecretKind kind) {
  switch (kind) {
    case SecretKind::kSession: return "aps_";
    case SecretKind::kToken: return "apn_";
    case SecretKind::kLink: return "apl_";
  }
  return "";
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string random_bytes(std::size_t count) {
  APPORTION_CHECK(sodium_init() >= 0, "libsodium starts");
  std::string bytes(count, '\0');
  ::randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string hex_of(std::string_view bytes) {
  std::string hex(2 * bytes.size() + 1, '\0');
  ::sodium_bin2hex(hex.data(), hex.size(), bytes_of(bytes), bytes.size());
  hex.pop_back();
  return hex;
}

std::string sha256_of(std::string_view text) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  ::crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()), bytes_of(text), text.size());
  return hash;
}

bool is_base64url(char letter) {
  return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
         letter == '-' || letter == '_';
}

std::string base64url(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  ::sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.resize(std::strlen(text.c_str()));
  return text;
}

}  // namespace

std::string make_secret(SecretKind kind) {
  std::string bytes = random_bytes(kSecretBytes);
  std::string secret = std::string(prefix_of(kind)) + base64url(bytes);
  ::sodium_memzero(bytes.data(), bytes.size());
  return secret;
}

bool looks_like_secret(std::string_view text, SecretKind kind) {
  const std::string_view prefix = prefix_of(kind);
  return text.size() == prefix.size() + kSecretLetters && text.starts_with(prefix) &&
         std::ranges::all_of(text.substr(prefix.size()), is_base64url);
}

std::string secret_hash(std::string_view secret) { return hex_of(sha256_of(secret)); }

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && ::sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string forgery_token_of(std::string_view cookie_value) {
  return base64url(sha256_of("apportion forgery token\n" + std::string(cookie_value)));
}

std::string random_public_id() { return hex_of(random_bytes(kPublicIdBytes)); }

}  // namespace apportion
