/// One-time codes as a second factor: six digits that change every 30 seconds (RFC 6238, TOTP with HMAC-SHA-1), and
/// recovery codes for the day when the device that makes them is lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apportion {

/// 160 random bits in base32, as authenticator apps take them.
std::string make_one_time_secret();

/// The number of a period of 30 seconds.
std::int64_t one_time_step(std::int64_t epoch_seconds);

/// The code of a step. The secret is one that `make_one_time_secret` made.
std::string one_time_code(std::string_view secret, std::int64_t step);

/// The step that a code is right for now: the current one, the one before or the one after. Nothing if it is wrong, or
/// if its step is not later than `last_used`: whoever read a code over somebody's shoulder cannot use it again. Blanks
/// in `code` do not count.
std::optional<std::int64_t> step_of_code(std::string_view secret, std::string_view code, std::int64_t epoch_seconds,
                                         std::int64_t last_used);

/// What an authenticator app reads as a QR code.
std::string one_time_url(std::string_view secret, std::string_view user, std::string_view issuer);

/// Ten of them, `k7qm-2xw4-9dfp`: almost 60 random bits each, without letters and digits that look alike.
std::vector<std::string> make_recovery_codes();
/// A recovery code as it is hashed, however it was typed; nothing if it cannot be one.
std::optional<std::string> typed_recovery_code(std::string_view typed);

}  // namespace apportion
