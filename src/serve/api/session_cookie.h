/// The cookies of a browser's session, and of a sign-in that has begun.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "serve/http/http_exchange.h"

namespace apportion {

/// Its value in a request; nothing when there is none.
std::optional<std::string> session_cookie_of(const HttpRequestHead& head);

/// The `Set-Cookie` that begins a session, or ends it when the value is empty. Over TLS only TLS gets it back, and no
/// other host or path can set it (`__Host-`).
std::string session_cookie(const HttpRequestHead& head, std::string_view value);

/// The same of a sign-in that has begun: the browser that began it brings it back from the provider. It goes to
/// `/sign-in` only, and ends with what has begun.
std::optional<std::string> sign_in_cookie_of(const HttpRequestHead& head);
std::string sign_in_cookie(const HttpRequestHead& head, std::string_view value, std::int64_t seconds);

}  // namespace apportion
