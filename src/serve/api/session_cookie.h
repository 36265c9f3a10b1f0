/// The cookie of a browser's session.
#pragma once

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

}  // namespace apportion
