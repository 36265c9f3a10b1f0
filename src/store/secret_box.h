/// SecretBox: seals short secrets (client secrets, SAS, passwords) so that the control plane may store them.
///
/// XChaCha20-Poly1305 with a random nonce; a sealed text opens only under the name it was sealed with, so a secret of
/// one connection cannot be put into another. The key comes from the first of: the file that `APPORTION_KEY_FILE`
/// names, `APPORTION_KEY` itself, systemd's credential `apportion-key`, the file `key` in the home, which is created
/// when something is sealed for the first time. A key in the home protects a copy of the database alone, not a copy of
/// the home: keep it elsewhere where that matters. A key is 32 bytes as hex or base64, or any text of 32 bytes or more.
/// Thread-safe once open; the key is wiped from memory at the end.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

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
  SecretBox(SecretBox&&) noexcept;
  SecretBox& operator=(SecretBox&&) noexcept;
  ~SecretBox();

  /// One line of ASCII.
  std::string seal(std::string_view secret, const SecretName& name) const;
  /// Errors: kSealedSecretOfAnotherKey; kSealedSecretDamaged, also if it was sealed under another name.
  Result<std::string> open(std::string_view sealed, const SecretName& name) const;

  /// Where the key came from, for messages: `/var/lib/apportion/key`, `APPORTION_KEY`.
  const std::string& key_source() const { return key_source_; }

 private:
  struct Key;
  SecretBox(std::unique_ptr<Key> key, std::string key_source);
  std::unique_ptr<Key> key_;
  std::string key_source_;
};

}  // namespace apportion
