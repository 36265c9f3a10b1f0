#include "serve/api/session_cookie.h"

#include <fmt/format.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

std::string_view cookie_name(const HttpRequestHead& head) {
  return head.is_secure ? "__Host-apportion-session" : "apportion-session";
}

}  // namespace

std::optional<std::string> session_cookie_of(const HttpRequestHead& head) {
  const std::string wanted = fmt::format("{}=", cookie_name(head));
  for (const auto& [name, value] : head.headers.fields) {
    if (!ascii_equal_ignoring_case(name, "Cookie")) continue;
    for (std::string_view part : split_text(value, ';')) {
      part = trim(part);
      if (part.starts_with(wanted)) return std::string(part.substr(wanted.size()));
    }
  }
  return std::nullopt;
}

std::string session_cookie(const HttpRequestHead& head, std::string_view value) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}{}", cookie_name(head), value,
                     head.is_secure ? "; Secure" : "", value.empty() ? "; Max-Age=0" : "");
}

}  // namespace apportion
