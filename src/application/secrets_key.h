/// The key that secrets are sealed with: looked at, and rotated.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "application/azure_sessions.h"
#include "application/writable_workspace.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"

namespace apportion {

struct SecretsKey {
  std::string source;        ///< `/var/lib/apportion/key`, `APPORTION_KEY`.
  bool is_of_home = false;   ///< Kept in the home, as the file `key`.
  std::string fingerprint;   ///< Tells keys apart, and says nothing about them.
  bool is_rotating = false;  ///< The last rotation was interrupted; the key before is still needed.
  std::int64_t secrets = 0;
  std::int64_t opened = 0;  ///< How many of them the key opens.
};

/// Errors: kPartnerOnly, and those of SecretBox::with_key_of.
Result<SecretsKey> secrets_key(const Caller& caller, const Workspace& workspace, const Environment& environment);

struct RotatedKey {
  std::string source;       ///< Where the new key is.
  std::string fingerprint;  ///< Of the new key.
  std::string old_source;
  std::string old_fingerprint;
  bool old_is_gone = false;   ///< Else it is elsewhere, and for the person to destroy.
  bool was_finished = false;  ///< An interrupted rotation was finished, with the key that it had made.
  std::int64_t secrets = 0;   ///< All of them, sealed with the new key.
};

/// Seals all secrets with a new key, in one transaction that the audit log mentions. A key in the home is replaced by a
/// new one; without a `new_key_file`, that is the only kind that can be rotated. With one, the key is that of the file
/// from now on, and the file `key` of the home is removed. A crash at any instant leaves a home whose secrets open, and
/// the same call again finishes the rotation. Errors: as above; kSecretsKeyInvalid if the key is not in the home and no
/// file is given, or if the file holds the key in use; whatever is wrong with a secret that cannot be opened: then
/// nothing has changed.
Result<RotatedKey> rotate_key(const Caller& caller, WritableWorkspace& writable, const Environment& environment,
                              const std::optional<std::filesystem::path>& new_key_file);

}  // namespace apportion
