#include "people/one_time_codes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"
#include "people/secrets.h"

namespace apportion {
namespace {

constexpr std::size_t kSecretBytes = 20;
constexpr std::int64_t kStepSeconds = 30;
constexpr std::int64_t kStepsAround = 1;
constexpr std::uint32_t kCodes = 1'000'000;
constexpr std::size_t kCodeDigits = 6;
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kRecoveryCodes = 10;
constexpr std::size_t kRecoveryLetters = 12;
constexpr std::size_t kRecoveryGroup = 4;
constexpr std::string_view kRecoveryAlphabet = "23456789abcdefghjkmnpqrstuvwxyz";  // without what looks alike

std::string base32(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(byte);
    for (count += 8; count >= 5; count -= 5) text += kBase32[(bits >> (count - 5)) & 31];
  }
  return text;
}

std::string from_base32(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text) {
    const auto value = kBase32.find(letter);
    APPORTION_CHECK(value != std::string_view::npos, "a secret of one-time codes is base32");
    bits = (bits << 5) | static_cast<std::uint32_t>(value);
    count += 5;
    if (count >= 8) {
      bytes += static_cast<char>((bits >> (count - 8)) & 255);
      count -= 8;
    }
  }
  return bytes;
}

std::string without_blanks(std::string_view text) {
  std::string left(text);
  std::erase_if(left, [](char letter) { return letter == ' ' || letter == '-'; });
  return left;
}

std::string url_part(std::string_view text) {
  std::string encoded;
  for (const char letter : text) {
    const bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                          (letter >= '0' && letter <= '9') ||
                          std::string_view("-._~@").find(letter) != std::string_view::npos;
    encoded += is_plain ? std::string(1, letter) : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
  return encoded;
}

}  // namespace

std::string make_one_time_secret() {
  APPORTION_CHECK(sodium_init() >= 0, "libsodium starts");
  std::array<char, kSecretBytes> bytes{};
  ::randombytes_buf(bytes.data(), bytes.size());
  return base32({bytes.data(), bytes.size()});
}

std::int64_t one_time_step(std::int64_t epoch_seconds) { return epoch_seconds / kStepSeconds; }

// RFC 4226, section 5.3.
std::string one_time_code(std::string_view secret, std::int64_t step) {
  const std::string key = from_base32(secret);
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i) {
    counter.at(i) = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (8 * (7 - i)));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  const unsigned char* made = ::HMAC(::EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(),
                                     counter.size(), hash.data(), &size);
  APPORTION_CHECK(made != nullptr && size == 20, "OpenSSL makes an HMAC");
  const std::size_t at = hash.at(19) & 15U;
  const std::uint32_t number = (std::uint32_t{hash.at(at)} & 127U) << 24 | std::uint32_t{hash.at(at + 1)} << 16 |
                               std::uint32_t{hash.at(at + 2)} << 8 | std::uint32_t{hash.at(at + 3)};
  return fmt::format("{:06}", number % kCodes);
}

std::optional<std::int64_t> step_of_code(std::string_view secret, std::string_view code, std::int64_t epoch_seconds,
                                         std::int64_t last_used) {
  const std::string typed = without_blanks(code);
  if (typed.size() != kCodeDigits) return std::nullopt;
  const std::int64_t now = one_time_step(epoch_seconds);
  std::optional<std::int64_t> found;
  for (std::int64_t step = now - kStepsAround; step <= now + kStepsAround; ++step) {
    const bool is_right = equal_in_constant_time(one_time_code(secret, step), typed);
    if (is_right && step > last_used) found = step;
  }
  return found;
}

std::string one_time_url(std::string_view secret, std::string_view user, std::string_view issuer) {
  return fmt::format("otpauth://totp/{0}:{1}?secret={2}&issuer={0}&algorithm=SHA1&digits=6&period=30", url_part(issuer),
                     url_part(user), secret);
}

std::vector<std::string> make_recovery_codes() {
  APPORTION_CHECK(sodium_init() >= 0, "libsodium starts");
  std::vector<std::string> codes;
  while (codes.size() < kRecoveryCodes) {
    std::string code;
    for (std::size_t i = 0; i < kRecoveryLetters; ++i) {
      if (i > 0 && i % kRecoveryGroup == 0) code += '-';
      code += kRecoveryAlphabet[::randombytes_uniform(static_cast<std::uint32_t>(kRecoveryAlphabet.size()))];
    }
    codes.push_back(std::move(code));
  }
  return codes;
}

std::optional<std::string> typed_recovery_code(std::string_view typed) {
  std::string code = ascii_lower(without_blanks(typed));
  const bool is_code = code.size() == kRecoveryLetters && std::ranges::all_of(code, [](char letter) {
                         return kRecoveryAlphabet.find(letter) != std::string_view::npos;
                       });
  return is_code ? std::optional(std::move(code)) : std::nullopt;
}

}  // namespace apportion
