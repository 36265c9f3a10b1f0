/// Secrets that people and programs show instead of a password: cookies of sessions, tokens, links.
///
/// Each is 256 random bits as base64url behind a prefix that says what it is, so that scanners for secrets find it in
/// places where it should not be. What is kept of it is its SHA-256: so many bits need no slow hash.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

enum class SecretKind {
  kSession,  ///< `aps_…`
  kToken,    ///< `apn_…`
  kLink,     ///< `apl_…`: an invitation, a reset, a link that signs in.
};

std::string make_secret(SecretKind kind);

/// Whether a text has the form of such a secret: anything else need not be looked up.
bool looks_like_secret(std::string_view text, SecretKind kind);

/// SHA-256 in lower-case hex.
std::string secret_hash(std::string_view secret);

/// Takes as long for a text that differs at its beginning as for one that differs at its end.
bool equal_in_constant_time(std::string_view left, std::string_view right);

/// What the page of a session shows with each change: made from the cookie's value, and nobody gets from one to the
/// other without it.
std::string forgery_token_of(std::string_view cookie_value);

/// For people to name a session or a token by: 12 hex digits, not a secret.
std::string random_public_id();

}  // namespace apportion
