/// Passwords: which ones are good enough, and their hashes (argon2id by libsodium).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

/// A name that people sign in by: an e-mail address, or a short name of `[a-z0-9._-]`, in lower case.
/// Errors: kUserNameInvalid.
Result<std::string> checked_user_name(std::string_view name);

/// Refuses passwords that are guessed first: shorter than 12 characters, too long to be typed (1,024 bytes), the
/// user's name or one that differs from it at its ends only, and those that most people choose. Errors: kPasswordWeak.
Result<void> check_password(std::string_view password, std::string_view user);

/// What a hash costs.
struct PasswordCost {
  std::uint64_t rounds = 8;
  std::size_t bytes = std::size_t{64} << 20;

  /// For tests: no protection at all.
  static PasswordCost least();
};

/// Hashes and verifies. Two at a time, since each takes 64 MiB and 0.3 s; some wait, and the rest is refused, so that
/// many who sign in at once take neither the memory nor the processors from the others. Thread-safe; one per process.
class Passwords {
 public:
  struct Limits {
    int at_once = 2;
    int waiting = 16;
  };
  Passwords() : Passwords(PasswordCost{}, Limits{}) {}
  Passwords(PasswordCost cost, Limits limits) : cost_(cost), limits_(limits) {}

  /// The hash as text that says how it was made. The same password written in another form of Unicode has the same.
  /// Errors: kServiceBusy.
  Result<std::string> hash(std::string_view password);
  /// Without a hash (there is no such user, or it has no password) it takes as long, and is false. Errors:
  /// kServiceBusy.
  Result<bool> verify(std::string_view password, std::string_view hash);

 private:
  class Turn;
  Result<void> enter();
  void leave();

  PasswordCost cost_;
  Limits limits_;
  std::mutex mutex_;
  std::condition_variable left_;
  int running_ = 0;
  int waiting_ = 0;
};

}  // namespace apportion
