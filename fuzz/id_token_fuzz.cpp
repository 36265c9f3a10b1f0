// Any bytes as an ID token and as a key set: nothing is believed, since nobody signs what a fuzzer makes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "people/oidc/id_token.h"
#include "people/oidc/json_web_key.h"
#include "people/oidc/json_web_token.h"

namespace {

// The key of an example in RFC 7515.
constexpr std::string_view kKeys = R"({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k",
  "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

void check_as_token(std::string_view text, const apportion::JsonWebKeys& keys) {
  const auto token = apportion::JsonWebToken::parse(text);
  if (!token) {
    if (token.error().why.empty()) std::abort();
    return;
  }
  const auto identity = apportion::verify_id_token(*token, keys.candidates(*token), {"issuer", "client", "nonce", 1});
  if (identity || identity.error().why.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto known = apportion::JsonWebKeys::parse(kKeys);
  if (!known || known->size() != 1) std::abort();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_as_token(text, *known);
  const auto keys = apportion::JsonWebKeys::parse(text);
  if (keys) check_as_token("eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.e30.AAAA", *keys);
  return 0;
}
