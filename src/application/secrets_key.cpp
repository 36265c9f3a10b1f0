#include "application/secrets_key.h"

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "application/partner_only.h"
#include "foundation/base/files.h"
#include "store/secret_box.h"

namespace apportion {
namespace {

constexpr const char* kMakeKey =
    "create a new key (openssl rand -base64 32) in a file of mode 0600, and name that file";

// A home without secrets may have no key, and nothing is wrong with it.
Result<SecretBox> current_box(const Workspace& workspace, const AzureCatalog& catalog, const Environment& environment) {
  auto box = SecretBox::with_key_of(workspace.home.folder(), environment, SecretBox::Use::kOpen);
  if (box || box.error().id != ErrorId::kSecretsKeyMissing) return box;
  APPORTION_ASSIGN(const bool has_secrets, catalog.has_secrets());
  if (has_secrets) return box;
  return Error{ErrorId::kSecretsKeyMissing, "there is no key yet", workspace.home.folder().string(),
               "nothing is sealed in this home", "nothing to do: the key is created with the first secret"};
}

Error not_in_home(const SecretBox& box) {
  return {ErrorId::kSecretsKeyInvalid, "the key cannot be replaced where it is", box.key_source(),
          "apportion replaces a key in the home only", kMakeKey};
}

Error same_key(const SecretBox& box, const std::filesystem::path& file) {
  return {ErrorId::kSecretsKeyInvalid, "the file does not have a new key", file.string(),
          fmt::format("it has the key in use, {}", box.fingerprint()), kMakeKey};
}

// The box that seals with the new key and opens what was sealed before.
Result<SecretBox> next_box(const Workspace& workspace, const SecretBox& box,
                           const std::optional<std::filesystem::path>& new_key_file) {
  if (!new_key_file) {
    if (!box.key_is_of_home()) return not_in_home(box);
    return SecretBox::begin_rotation(workspace.home.folder());
  }
  APPORTION_ASSIGN(SecretBox next, box.followed_by_key_of(*new_key_file));
  if (next.fingerprint() == box.fingerprint()) return same_key(box, *new_key_file);
  return next;
}

// Before anything is written: a secret that does not open would stop the rotation halfway.
Result<void> check_all_open(const AzureCatalog& catalog, const SecretBox& box) {
  APPORTION_ASSIGN(const auto sealed, catalog.all_secrets());
  for (const SealedSecret& secret : sealed) APPORTION_TRY(box.open(secret.sealed, {secret.owner, secret.name}));
  return ok();
}

Result<void> remove_key_of_home(const std::filesystem::path& file) {
  std::error_code failure;
  std::filesystem::remove(file, failure);
  if (failure) return file_error("cannot remove the old key", file, failure.value());
  return sync_to_disk(file.parent_path());
}

}  // namespace

Result<SecretsKey> secrets_key(const Caller& caller, const Workspace& workspace, const Environment& environment) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const SecretBox box, current_box(workspace, catalog, environment));
  APPORTION_ASSIGN(const auto sealed, catalog.all_secrets());
  SecretsKey key{box.key_source(), box.key_is_of_home(), box.fingerprint(), box.is_rotating(), std::ssize(sealed), 0};
  for (const SealedSecret& secret : sealed) key.opened += box.open(secret.sealed, {secret.owner, secret.name}) ? 1 : 0;
  return key;
}

Result<RotatedKey> rotate_key(const Caller& caller, WritableWorkspace& writable, const Environment& environment,
                              const std::optional<std::filesystem::path>& new_key_file) {
  APPORTION_TRY(check_partner(caller));
  Workspace& workspace = writable.workspace;
  AzureCatalog catalog = AzureCatalog::of(workspace.control_plane);
  APPORTION_ASSIGN(const SecretBox box, current_box(workspace, catalog, environment));
  // An interrupted `rotate_key` with a file may have sealed some with its key already.
  if (!new_key_file) APPORTION_TRY(check_all_open(catalog, box));
  APPORTION_ASSIGN(const SecretBox next, next_box(workspace, box, new_key_file));
  RotatedKey rotated;
  rotated.source = next.key_source();
  rotated.fingerprint = next.fingerprint();
  rotated.old_source = box.key_source();
  rotated.old_fingerprint = box.earliest_fingerprint();
  rotated.old_is_gone = box.key_is_of_home();
  rotated.was_finished = !new_key_file && box.is_rotating();
  const auto seal_again = [&next](const SealedSecret& secret) -> Result<std::string> {
    const SecretName name{secret.owner, secret.name};
    APPORTION_ASSIGN(const std::string text, next.open(secret.sealed, name));
    return next.seal(text, name);
  };
  APPORTION_ASSIGN(rotated.secrets,
                   catalog.reseal(seal_again, fmt::format("{} to {}", rotated.old_fingerprint, rotated.fingerprint)));
  if (!new_key_file) APPORTION_TRY(SecretBox::end_rotation(workspace.home.folder()));
  if (new_key_file && box.key_is_of_home()) APPORTION_TRY(remove_key_of_home(box.key_source()));
  return rotated;
}

}  // namespace apportion
