#include "people/passwords.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <sodium.h>
#include <utf8proc.h>

#include "foundation/base/characters.h"
#include "foundation/base/check.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/base/utf8.h"
#include "people/common_passwords_internal.h"

namespace apportion {
namespace {

constexpr std::size_t kLettersMin = 12;
constexpr std::size_t kBytesMax = 1024;
constexpr std::size_t kNameBytesMax = 254;  // as of an e-mail address
constexpr std::size_t kDifferentLettersMin = 5;
constexpr std::string_view kNameSigns = "._-+";

// In one form, however the keyboard wrote it; as it is when it is not UTF-8.
std::string normalized(std::string_view password) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto length = ::utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(password.data()), static_cast<utf8proc_ssize_t>(password.size()),
      &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, std::free);
  if (length < 0) return std::string(password);
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length)};
}

bool is_ascii_letter(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'); }

// What is left without the digits and signs that people put around a word.
std::string_view without_ends(std::string_view text) {
  const auto is_end = [](char letter) { return static_cast<unsigned char>(letter) < 0x80 && !is_ascii_letter(letter); };
  while (!text.empty() && is_end(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_end(text.back())) text.remove_suffix(1);
  return text;
}

Error weak(std::string why) {
  return {ErrorId::kPasswordWeak, "the password is too easy to guess", "", std::move(why),
          "choose one of at least 12 characters, for example four words that have nothing to do with each other"};
}

bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
         kNameSigns.find(letter) != std::string_view::npos;
}

bool is_name_part(std::string_view part) { return !part.empty() && std::ranges::all_of(part, is_name_letter); }

}  // namespace

Result<std::string> checked_user_name(std::string_view name) {
  std::string lower = ascii_lower(trim(name));
  const auto parts = split_text(lower, '@');
  const bool is_name = parts.size() <= 2 && std::ranges::all_of(parts, is_name_part) && lower.front() != '-' &&
                       lower.size() <= kNameBytesMax;
  if (is_name) return lower;
  return Error{ErrorId::kUserNameInvalid, "the name of the user is not valid", fmt::format("`{}`", excerpt(name)),
               "a user's name is an e-mail address, or a short name of the letters a-z, digits, `.`, `_`, `-` and `+`",
               "choose another name"};
}

Result<void> check_password(std::string_view password, std::string_view user) {
  if (!is_utf8(password)) return weak("it is not UTF-8 text");
  if (password.size() > kBytesMax)
    return weak(fmt::format("it is longer than {} bytes, so nobody types it", kBytesMax));
  const std::string text = normalized(password);
  std::size_t letters = 0;
  std::set<std::int32_t> different;
  for_each_character(text, [&](std::int32_t codepoint, std::string_view /*bytes*/) {
    ++letters;
    different.insert(codepoint);
  });
  if (letters < kLettersMin) return weak(fmt::format("it has fewer than {} characters", kLettersMin));
  if (different.size() < kDifferentLettersMin) {
    return weak(fmt::format("it has fewer than {} different characters", kDifferentLettersMin));
  }
  const std::string folded = fold_case(text);
  const std::string_view core = without_ends(folded);
  const std::string_view short_name = user.substr(0, user.find('@'));
  if (folded == user || core == without_ends(user) || (!short_name.empty() && core == without_ends(short_name))) {
    return weak("it is the user's name");
  }
  if (core.empty()) return weak("it has digits and signs only");
  if (std::ranges::find(kCommonPasswords, core) != kCommonPasswords.end()) {
    return weak("it is one of those that most people choose, or differs from one at its ends only");
  }
  return ok();
}

PasswordCost PasswordCost::least() { return {crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN}; }

// The right to hash now.
class Passwords::Turn {
 public:
  explicit Turn(Passwords& passwords) : passwords_(&passwords) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { passwords_->leave(); }

 private:
  Passwords* passwords_;
};

Result<void> Passwords::enter() {
  std::unique_lock lock(mutex_);
  if (running_ >= limits_.at_once) {
    if (waiting_ >= limits_.waiting) {
      return Error{ErrorId::kServiceBusy, "the service has too much to do", "",
                   "too many people sign in at this moment", "try again in a few seconds"};
    }
    ++waiting_;
    left_.wait(lock, [this] { return running_ < limits_.at_once; });
    --waiting_;
  }
  ++running_;
  return ok();
}

void Passwords::leave() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  left_.notify_one();
}

Result<std::string> Passwords::hash(std::string_view password) {
  APPORTION_CHECK(sodium_init() >= 0, "libsodium starts");
  APPORTION_TRY(enter());
  const Turn turn(*this);
  std::string text = normalized(password);
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  const int failed = ::crypto_pwhash_str(hash.data(), text.data(), text.size(), cost_.rounds, cost_.bytes);
  ::sodium_memzero(text.data(), text.size());
  if (failed == 0) return std::string(hash.data());
  return Error{ErrorId::kOutOfMemory, "out of memory", "", fmt::format("a password's hash takes {} bytes", cost_.bytes),
               "free some memory, then try again"};
}

Result<bool> Passwords::verify(std::string_view password, std::string_view hash) {
  if (hash.empty()) {
    APPORTION_TRY(this->hash(password));
    return false;
  }
  APPORTION_CHECK(sodium_init() >= 0, "libsodium starts");
  APPORTION_TRY(enter());
  const Turn turn(*this);
  const std::string stored(hash);
  std::string text = normalized(password);
  const bool is_right = ::crypto_pwhash_str_verify(stored.c_str(), text.data(), text.size()) == 0;
  ::sodium_memzero(text.data(), text.size());
  return is_right;
}

}  // namespace apportion
