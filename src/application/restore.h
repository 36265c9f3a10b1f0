/// Restoring: a home from a backup, or single files of the lake that are damaged or missing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "application/backup_folder.h"
#include "application/writable_workspace.h"
#include "foundation/base/cancel.h"
#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

struct RestoreRequest {
  std::filesystem::path from;  ///< A backup, or a folder of backups: its newest.
  std::filesystem::path home;  ///< Not there, empty, or left by a restoration that was interrupted.
  bool dry_run = false;        ///< Read every byte of the backup, and write nothing.
};

/// A secret that the restored home cannot unseal by itself.
struct SecretToGive {
  std::string owner;  ///< `connection acme`, `alert channel hook`
  std::string name;   ///< `client-secret`
  std::string next;   ///< The step by which it is given again.
  std::string key;    ///< The fingerprint of the key that it was sealed with; empty: it is damaged.
};

struct RestoreReport {
  Backup backup;
  std::filesystem::path home;
  std::vector<SecretToGive> secrets;  ///< Empty when the key is in the backup, and in a dry run.
};

/// Makes a home that equals the backup to the last byte, or none at all: it becomes a home only after everything was
/// copied and checked. Errors: those of `find_backup`, kBackupDamaged, kFolderNotEmpty, kDiskFull, kHomeOfNewerVersion.
Result<RestoreReport> restore_home(const RestoreRequest& request, const Clock& clock, const std::string& actor,
                                   const Cancel& cancel, const Talk& talk);

struct RestoredFiles {
  std::vector<std::string> restored;  ///< Below the lake.
  std::vector<std::string>
      lacking;  ///< Damaged or missing, and not in any backup of the folder as they were published.
};

/// Puts back the files of the lake that differ from what was published, each by its hash.
Result<RestoredFiles> restore_files(WritableWorkspace& writable, const std::filesystem::path& from, bool dry_run);

}  // namespace apportion
