#include "serve/format/backup_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json backup_json(const BackupReport& report) {
  const BackupManifest& manifest = report.backup.manifest;
  return {{"backup", report.backup.folder.string()},
          {"made_at", manifest.made_at},
          {"home", manifest.home},
          {"files", manifest.files.size()},
          {"bytes", manifest.bytes()},
          {"files_copied", report.files_copied},
          {"bytes_copied", report.bytes_copied},
          {"key", backup_key_name(manifest.key)}};
}

nlohmann::ordered_json restore_json(const RestoreReport& report) {
  const BackupManifest& manifest = report.backup.manifest;
  auto secrets = nlohmann::ordered_json::array();
  for (const SecretToGive& secret : report.secrets)
    secrets.push_back({{"owner", secret.owner}, {"name", secret.name}, {"next", secret.next}, {"key", secret.key}});
  return {{"home", report.home.string()},
          {"backup", report.backup.folder.string()},
          {"made_at", manifest.made_at},
          {"files", manifest.files.size()},
          {"bytes", manifest.bytes()},
          {"key", backup_key_name(manifest.key)},
          {"secrets_to_give", std::move(secrets)}};
}

nlohmann::ordered_json restored_files_json(const std::filesystem::path& home, const RestoredFiles& files,
                                           bool dry_run) {
  return {{"home", home.string()}, {"restored", files.restored}, {"lacking", files.lacking}, {"dry_run", dry_run}};
}

}  // namespace apportion
