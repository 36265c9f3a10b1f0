/// Backup: a copy of a home that is right to the last byte, made while others work in the home.
///
/// The control plane is copied as of one moment; then the files of the lake that it names, which never change. A backup
/// folder keeps each of these files once, so that the next backup copies only what is new. Damaged files are never
/// backed up.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "application/backup_folder.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

struct BackupRequest {
  std::filesystem::path to;  ///< The folder of backups; created when it does not exist.
  bool with_key = true;      ///< Include the key that is kept in the home.
  bool quick = false;        ///< Check only the sizes of files that the folder already has.
  std::string program;       ///< The version of the program.
};

struct BackupReport {
  Backup backup;
  std::int64_t files_copied = 0;
  std::int64_t bytes_copied = 0;  ///< Of files of the lake.
  std::int64_t files_kept = 0;    ///< Those that the folder already had.
};

/// Whether a backup can go there, as far as the name tells: to no URL. Errors: kBackupPlaceNotFolder.
Result<void> check_backup_place(const std::string& to);

/// Errors: kBackupInsideHome, kFolderNotEmpty, kHomeLocked when another backup goes to the same folder, damage of the
/// home, those of files. A failure leaves no backup.
Result<BackupReport> make_backup(Workspace& workspace, const BackupRequest& request);

}  // namespace apportion
