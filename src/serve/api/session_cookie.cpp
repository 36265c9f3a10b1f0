#include "serve/api/session_cookie.h"

#include <fmt/format.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

std::string_view session_name(const HttpRequestHead& head) {
  return head.is_secure ? "__Host-apportion-session" : "apportion-session";
}

std::string_view sign_in_name(const HttpRequestHead& head) {
  return head.is_secure ? "__Secure-apportion-sign-in" : "apportion-sign-in";
}

std::string_view secure_word(const HttpRequestHead& head) { return head.is_secure ? "; Secure" : ""; }

std::optional<std::string> cookie_of(const HttpRequestHead& head, std::string_view cookie_name) {
  const std::string wanted = fmt::format("{}=", cookie_name);
  for (const auto& [name, value] : head.headers.fields) {
    if (!ascii_equal_ignoring_case(name, "Cookie")) continue;
    for (std::string_view part : split_text(value, ';')) {
      part = trim(part);
      if (part.starts_with(wanted)) return std::string(part.substr(wanted.size()));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> session_cookie_of(const HttpRequestHead& head) {
  return cookie_of(head, session_name(head));
}

std::string session_cookie(const HttpRequestHead& head, std::string_view value) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}{}", session_name(head), value, secure_word(head),
                     value.empty() ? "; Max-Age=0" : "");
}

std::optional<std::string> sign_in_cookie_of(const HttpRequestHead& head) {
  return cookie_of(head, sign_in_name(head));
}

std::string sign_in_cookie(const HttpRequestHead& head, std::string_view value, std::int64_t seconds) {
  return fmt::format("{}={}; Path=/sign-in; HttpOnly; SameSite=Lax{}; Max-Age={}", sign_in_name(head), value,
                     secure_word(head), seconds);
}

}  // namespace apportion
