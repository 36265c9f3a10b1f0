/// SecretBox: seals short secrets (client secrets, SAS, passwords) so that the control plane may store them.
///
/// XChaCha20-Poly1305 with a random nonce; a sealed text opens only under the name it was sealed with, so a secret of
/// one connection cannot be put into another. The key comes from the first of: the file that `APPORTION_KEY_FILE`
/// names, `APPORTION_KEY` itself, systemd's credential `apportion-key`, the file `key` in the home, which is created
/// when something is sealed for the first time. A key in the home protects a copy of the database alone, not a copy of
/// the home: keep it elsewhere where that matters. A key is 32 bytes as hex or base64, or any text of 32 bytes or more.
/// While the key is rotated, the file `key` has two: the new one, which seals, and the one before it; both open.
/// Thread-safe once open; keys are wiped from memory at the end.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"

namespace apportion {

/// What a secret is for: both are checked when it is opened. `{"acme", "client-secret"}`
struct SecretName {
  std::string_view owner;
  std::string_view purpose;
};

class SecretBox {
 public:
  enum class Use {
    kSeal,  ///< Creates the key of the home if there is none at all.
    kOpen,  ///< An error (kSecretsKeyMissing) if there is no key.
  };
  using Variable = std::function<std::optional<std::string>(const char*)>;

  /// Errors: kSecretsKeyMissing; kSecretsKeyInvalid if it is too short; kSecretsKeyExposed if others may read the key
  /// of the home.
  static Result<SecretBox> with_key_of(const std::filesystem::path& home, const Variable& variable, Use use);
  /// Begins to rotate the key that is in the home: makes a new one, which seals from now on; both open. A rotation that
  /// was interrupted goes on with the key that it made. A crash leaves the key, or both. Errors: as above.
  static Result<SecretBox> begin_rotation(const std::filesystem::path& home);
  /// Ends it, once nothing is sealed with the earlier key any more: that key is gone. A crash leaves both, or one.
  static Result<void> end_rotation(const std::filesystem::path& home);
  /// The box with the key of a file as the one that seals; this one's keys open, too. Errors: kSecretsKeyInvalid,
  /// kSecretsKeyExposed.
  Result<SecretBox> followed_by_key_of(const std::filesystem::path& file) const;

  SecretBox(SecretBox&&) noexcept;
  SecretBox& operator=(SecretBox&&) noexcept;
  ~SecretBox();

  /// One line of ASCII.
  std::string seal(std::string_view secret, const SecretName& name) const;
  /// Errors: kSealedSecretOfAnotherKey; kSealedSecretDamaged, also if it was sealed under another name.
  Result<std::string> open(std::string_view sealed, const SecretName& name) const;

  /// Where the key came from, for messages: `/var/lib/apportion/key`, `APPORTION_KEY`.
  const std::string& key_source() const { return key_source_; }
  /// Whether that is the file `key` of the home.
  bool key_is_of_home() const { return key_is_of_home_; }
  /// Whether there are two keys, because the last rotation was interrupted.
  bool is_rotating() const { return keys_.size() > 1; }
  /// Tells keys apart, and says nothing about them: `0f3a91c2`. Of the key that seals.
  std::string fingerprint() const;
  /// The same of the key before, while the key is being rotated.
  std::string earliest_fingerprint() const;
  /// Of the key that something was sealed with; nothing if the text is damaged.
  static std::optional<std::string> fingerprint_of(std::string_view sealed);

 private:
  struct Key;
  SecretBox();
  void add(std::unique_ptr<Key> key);
  std::vector<std::unique_ptr<const Key>> keys_;  // the first one seals
  std::string key_source_;
  bool key_is_of_home_ = false;
};

}  // namespace apportion
