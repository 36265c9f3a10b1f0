#include "people/oidc/json_web_token.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "azure/json_text.h"
#include "foundation/base/text.h"
#include "people/oidc/provider_error_internal.h"

namespace apportion {
namespace {

constexpr std::size_t kTokenBytesMax = 64 * 1024;

std::optional<nlohmann::json> json_object(std::string_view part) {
  const auto bytes = base64url_decoded(part);
  auto json = bytes ? parse_json(*bytes) : std::nullopt;
  return json && json->is_object() ? std::move(json) : std::nullopt;
}

}  // namespace

std::optional<std::string> base64url_decoded(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) bytes += static_cast<char>((bits >> (count -= 8)) & 255);
  }
  const bool is_canonical = count < 6 && (bits & ((1U << count) - 1)) == 0;
  return is_canonical ? std::optional(std::move(bytes)) : std::nullopt;
}

Result<JsonWebToken> JsonWebToken::parse(std::string_view text) {
  if (text.size() > kTokenBytesMax) return provider_error("", "the token is too large");
  const std::vector<std::string_view> parts = split_text(text, '.');
  if (parts.size() != 3) return provider_error("", "the token is not signed: it has not three parts");
  const auto header = json_object(parts[0]);
  if (!header) return provider_error("", "the header of the token is not a JSON object");
  auto claims = json_object(parts[1]);
  if (!claims) return provider_error("", "the claims of the token are not a JSON object");
  auto signature = base64url_decoded(parts[2]);
  if (!signature) return provider_error("", "the signature of the token is not base64url");
  if (header->contains("crit")) return provider_error("", "the token asks for extensions (crit)");
  if (header->contains("typ") && ascii_lower(text_member(*header, "typ")) != "jwt") {
    return provider_error("", "the token is of another type: " + excerpt(text_member(*header, "typ")));
  }
  const std::size_t signed_size = parts[0].size() + 1 + parts[1].size();
  return JsonWebToken{text_member(*header, "alg"), text_member(*header, "kid"), std::move(*claims),
                      std::string(text.substr(0, signed_size)), std::move(*signature)};
}

}  // namespace apportion
