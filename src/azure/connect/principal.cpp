#include "azure/connect/principal.h"

#include <array>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "azure/connect/json_fields.h"
#include "azure/json_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::optional<std::string> base64url_decoded(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text) {
    const auto value = kAlphabet.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xff);
  }
  return bytes;
}

}  // namespace

Principal principal_of(std::string_view access_token) {
  const auto parts = split_text(access_token, '.');
  if (parts.size() != 3) return {};
  const auto payload = base64url_decoded(parts[1]);
  const auto claims = payload ? parse_json(*payload) : std::nullopt;
  if (!claims) return {};
  Principal principal;
  principal.app_id = text_field(*claims, {"appid"});
  if (principal.app_id.empty()) principal.app_id = text_field(*claims, {"azp"});
  principal.object_id = text_field(*claims, {"oid"});
  principal.tenant = text_field(*claims, {"tid"});
  principal.is_user = text_field(*claims, {"idtyp"}) == "user" || !text_field(*claims, {"scp"}).empty();
  return principal;
}

std::string Principal::assignee() const {
  if (is_user && !object_id.empty()) return object_id;
  if (!app_id.empty()) return app_id;
  return object_id.empty() ? "PRINCIPAL_ID" : object_id;
}

std::string Principal::description() const {
  std::string text = is_user ? "user" : fmt::format("application {}", app_id.empty() ? "of unknown id" : app_id);
  if (!object_id.empty()) text += is_user ? " " + object_id : fmt::format(" (object {})", object_id);
  if (!tenant.empty()) text += fmt::format(" in tenant {}", tenant);
  return text;
}

}  // namespace apportion
