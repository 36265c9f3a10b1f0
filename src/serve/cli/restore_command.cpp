#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/restore.h"
#include "foundation/base/count_text.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/step_wording.h"
#include "serve/format/backup_document.h"

namespace apportion {
namespace {

struct RestoreOptions {
  std::string from;
  bool files = false;
  bool dry_run = false;
};

/// The fingerprints of the keys that open them, with a blank before: ` 0f3a91c2`.
std::string keys_of(const std::vector<SecretToGive>& secrets) {
  std::set<std::string> keys;
  for (const SecretToGive& secret : secrets) keys.insert(secret.key);
  keys.erase("");
  return keys.empty() ? std::string() : fmt::format(" {}", fmt::join(keys, ", "));
}

std::string key_text(const BackupManifest& manifest, const std::vector<SecretToGive>& secrets) {
  switch (manifest.key) {
    case BackupKey::kIncluded: return "the key of the secrets was in the backup";
    case BackupKey::kNone: return "the backup holds no secrets";
    case BackupKey::kLeftOut:
    case BackupKey::kElsewhere: break;
  }
  if (secrets.empty()) return "the key of the secrets is not in the backup";
  return fmt::format(
      "the key{} of the secrets is NOT in the backup: put it back (the file `key` of the home, mode 0600, or "
      "APPORTION_KEY_FILE), or enter these secrets again:",
      keys_of(secrets));
}

void say_restored(Session& session, const RestoreReport& report, bool dry_run) {
  const BackupManifest& manifest = report.backup.manifest;
  Console& console = session.console();
  console.say(fmt::format("{}: {} of {}, {}, {} bytes, every byte intact",
                          dry_run ? "the backup is complete" : "restored " + report.home.string(),
                          report.backup.folder.string(), manifest.made_at, count_of(std::ssize(manifest.files), "file"),
                          manifest.bytes()));
  console.say(key_text(manifest, report.secrets));
  for (const SecretToGive& secret : report.secrets)
    console.say(fmt::format("  {}, {}: {}", secret.owner, secret.name, secret.next));
  if (dry_run) return;
  console.say(fmt::format("next: apportion --home {} prove", shell_word(report.home.string())));
}

Error lacking_error(const RestoreOptions& options, const std::vector<std::string>& lacking) {
  return {ErrorId::kBackupLacksFile,
          fmt::format("{} that are damaged or missing in the home are not in the backup, or are damaged there too",
                      count_of(std::ssize(lacking), "file")),
          options.from, lacking.front() + (lacking.size() > 1 ? ", …" : ""),
          "try another folder of backups; `apportion doctor` lists these files, and how to rebuild assignments"};
}

Result<ExitCode> run_files(Session& session, const RestoreOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const RestoredFiles found, restore_files(writable, options.from, options.dry_run));
  if (session.json())
    session.console().print_json(restored_files_json(writable.workspace.home.folder(), found, options.dry_run));
  for (const std::string& path : found.restored)
    session.console().say(fmt::format("{} {}", options.dry_run ? "would restore" : "restored", path));
  if (!found.lacking.empty()) return lacking_error(options, found.lacking);
  if (found.restored.empty()) session.console().say("every file of the lake is as published");
  return kExitDone;
}

Result<ExitCode> run_restore(Session& session, const RestoreOptions& options) {
  if (session.options().home.empty()) return no_home_error();
  if (options.files) return run_files(session, options);
  const RestoreRequest request{options.from, session.options().home, options.dry_run};
  APPORTION_ASSIGN(const RestoreReport report,
                   restore_home(request, session.clock(), session.caller().actor, session.cancel(),
                                [&session](const std::string& line) { session.console().progress(line); }));
  if (session.json()) session.console().print_json(restore_json(report));
  say_restored(session, report, options.dry_run);
  return kExitDone;
}

}  // namespace

void add_restore_command(Command app, Action& action) {
  auto options = std::make_shared<RestoreOptions>();
  Command command = add_command(app, "restore", "Create a home from a backup, or restore damaged files of the lake",
                                "  apportion restore --from /backups/apportion --home /srv/apportion-new\n"
                                "  apportion restore --from /backups/apportion --files\n"
                                "  apportion restore --from /backups/apportion/0007-2026-11-22T120000Z --dry-run");
  command.add_option("--from", options->from, "A folder of backups (the newest is used), or one backup in it")
      .required()
      .type_name("DIR");
  command.add_flag("--files", options->files, "Restore only what is damaged or missing in the lake of the home");
  command.add_flag("--dry-run", options->dry_run, "Read every byte of the backup and show what would be done");
  on_chosen(command, action, options, run_restore);
}

}  // namespace apportion
