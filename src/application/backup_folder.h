/// The folder of backups: its layout, and how its files are checked against what was written.
///
/// ```
/// FOLDER/lock                        held while a backup is written
/// FOLDER/files/3f/3f9a…              files of the lake by their hash; backups share them
/// FOLDER/0001-2026-11-22T120000Z/    one backup: manifest.json, control-plane.sqlite, key
/// ```
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "store/control_plane.h"

namespace apportion {

/// What a backup says of the key that secrets are sealed with.
enum class BackupKey {
  kIncluded,   ///< It is in the backup.
  kLeftOut,    ///< It is in the home, but was left out.
  kElsewhere,  ///< The home has secrets but no key of its own: it comes from outside.
  kNone,       ///< The home has no key, and nothing is sealed.
};
std::string_view backup_key_name(BackupKey key);  ///< `included`, `left_out`, `elsewhere`, `none`

/// A file of a backup that is not a file of the lake.
struct BackupPart {
  std::int64_t bytes = 0;
  std::string content_hash;
  bool operator==(const BackupPart&) const = default;
};

struct BackupManifest {
  std::int64_t number = 0;
  std::string made_at;  ///< UTC.
  std::string program;  ///< The version of apportion that made it.
  std::string home;     ///< The folder that was backed up.
  BackupKey key = BackupKey::kNone;
  BackupPart control_plane;
  std::optional<BackupPart> key_file;
  std::vector<LakeFile> files;  ///< Each with its hash.

  std::int64_t bytes() const;  ///< Of the whole backup.
};

/// A backup that is there.
struct Backup {
  std::filesystem::path folder;  ///< Its own.
  BackupManifest manifest;

  std::filesystem::path control_plane_file() const { return folder / "control-plane.sqlite"; }
  std::filesystem::path key_file() const { return folder / "key"; }
  std::filesystem::path pool() const { return folder.parent_path() / "files"; }
};

/// Where a file of the lake is kept among the files that backups share.
std::filesystem::path place_in_pool(const std::filesystem::path& pool, const std::string& content_hash);
/// `0001-2026-11-22T120000Z`
std::string backup_name(const BackupManifest& manifest);
std::string manifest_text(const BackupManifest& manifest);

/// The backup in a folder, or the newest one of a folder of backups. Errors: kBackupMissing, kBackupDamaged,
/// kBackupOfNewerVersion.
Result<Backup> find_backup(const std::filesystem::path& from);
/// The number of the newest backup in a folder of backups; 0 where there is none.
Result<std::int64_t> last_backup_number(const std::filesystem::path& folder);

/// kBackupDamaged, with the next steps.
Error backup_damage(const std::filesystem::path& file, std::string why);
/// Whether a file of a backup is as it was written: its size, and with `content` its bytes.
Result<void> check_backup_file(const std::filesystem::path& file, const BackupPart& part, bool content);

}  // namespace apportion
