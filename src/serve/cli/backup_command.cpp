#include <fmt/format.h>

#include "application/backup.h"
#include "foundation/base/count_text.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/step_wording.h"
#include "serve/format/backup_document.h"

namespace apportion {
namespace {

struct BackupOptions {
  std::string to;
  bool without_key = false;
  bool quick = false;
};

std::string key_text(const Backup& backup) {
  switch (backup.manifest.key) {
    case BackupKey::kIncluded:
      return "it includes the key of the secrets: anyone who can read the backup can read them; --without-key leaves "
             "the key out";
    case BackupKey::kLeftOut:
      return "it does NOT include the key of the secrets: keep the file `key` of the home elsewhere, or enter the "
             "secrets again after restoring";
    case BackupKey::kElsewhere:
      return "it does NOT include the key of the secrets, which is stored outside the home: keep the key safe as well";
    case BackupKey::kNone: break;
  }
  return "it contains no secrets";
}

Result<ExitCode> run_backup(Session& session, const BackupOptions& options) {
  APPORTION_TRY(check_backup_place(options.to));
  APPORTION_ASSIGN(Workspace workspace, session.open(OnDamage::kGoOn));
  const BackupRequest request{options.to, !options.without_key, options.quick, program_version()};
  APPORTION_ASSIGN(const BackupReport report, make_backup(workspace, request));
  if (session.json()) {
    session.console().print_json(backup_json(report));
    return kExitDone;
  }
  const Backup& backup = report.backup;
  session.console().say(fmt::format("backed up {} to {}: {}, {} bytes, every byte verified", backup.manifest.home,
                                    backup.folder.string(), count_of(std::ssize(backup.manifest.files), "file"),
                                    backup.manifest.bytes()));
  session.console().say(fmt::format("{} copied, {} already there", report.files_copied, report.files_kept));
  session.console().say(key_text(backup));
  session.console().say(
      fmt::format("to restore it: apportion restore --from {} --home NEW-FOLDER", shell_word(backup.folder.string())));
  return kExitDone;
}

}  // namespace

void add_backup_command(Command app, Action& action) {
  auto options = std::make_shared<BackupOptions>();
  Command command = add_command(app, "backup", "Back up the home, even while it is in use",
                                "  apportion backup --to /backups/apportion\n"
                                "  apportion backup --to /backups/apportion --without-key --json");
  command.add_option("--to", options->to, "Folder for backups; files that it already has are not copied again")
      .required()
      .type_name("DIR");
  command.add_flag("--without-key", options->without_key, "Leave out the key that the secrets are sealed with");
  command.add_flag("--quick", options->quick, "Compare only the sizes of files that the folder already has");
  on_chosen(command, action, options, run_backup);
}

}  // namespace apportion
