/// Shows backups and what was restored from them, as JSON documents for programs.
#pragma once

#include <filesystem>

#include <nlohmann/json_fwd.hpp>

#include "application/backup.h"
#include "application/restore.h"

namespace apportion {

nlohmann::ordered_json backup_json(const BackupReport& report);
nlohmann::ordered_json restore_json(const RestoreReport& report);
/// `home`: the one whose files were restored, or would be.
nlohmann::ordered_json restored_files_json(const std::filesystem::path& home, const RestoredFiles& files, bool dry_run);

}  // namespace apportion
