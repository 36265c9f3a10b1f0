#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "application/secrets_key.h"
#include "foundation/base/count_text.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/step_wording.h"
#include "serve/format/key_document.h"

namespace apportion {
namespace {

struct KeyOptions {
  std::optional<std::filesystem::path> to;
};

Result<ExitCode> run_show(Session& session, const KeyOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const SecretsKey key, secrets_key(session.caller(), workspace, session.azure_world().variable));
  if (session.json()) {
    session.console().print_json(secrets_key_json(key));
  } else {
    session.console().print_text(fmt::format("{} {}\nopens {} of {}\n", key.fingerprint, key.source, key.opened,
                                             count_of(key.secrets, "secret")));
  }
  if (key.is_rotating) session.console().say("the last rotation was interrupted; finish it: apportion key rotate");
  return key.opened == key.secrets ? kExitDone : kExitCheckFailed;
}

void say_rotated(Console& console, const RotatedKey& rotated) {
  if (rotated.was_finished) console.say("an earlier rotation was interrupted; it is finished now, with its key");
  console.say(fmt::format("{}: sealed with the key {} of {}", count_of(rotated.secrets, "secret"), rotated.fingerprint,
                          rotated.source));
  console.say(rotated.old_is_gone
                  ? fmt::format("the key {} is gone; a backup made before needs it, and has it unless it was made with "
                                "--without-key",
                                rotated.old_fingerprint)
                  : fmt::format("destroy the key {} of {} once no backup needs it any more", rotated.old_fingerprint,
                                rotated.old_source));
}

Result<ExitCode> run_rotate(Session& session, const KeyOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const RotatedKey rotated,
                   rotate_key(session.caller(), writable, session.azure_world().variable, options.to));
  say_rotated(session.console(), rotated);
  if (options.to) {
    session.console().say(
        fmt::format("next: give the service and your shell the new key: APPORTION_KEY_FILE={}, or systemd's credential",
                    shell_word(rotated.source)));
  }
  if (session.json()) session.console().print_json(rotated_key_json(rotated));
  return kExitDone;
}

}  // namespace

void add_key_command(Command app, Action& action) {
  Command group = add_group(app, "key", "Show the key that secrets are sealed with, and rotate it");
  auto options = std::make_shared<KeyOptions>();
  Command show = add_command(group, "show", "Show which key is used, and whether it opens all secrets; exit 1 if not",
                             "  apportion key show");
  on_chosen(show, action, options, run_show);

  Command rotate = add_command(group, "rotate", "Seal all secrets with a new key; the old one is gone afterwards",
                               "  apportion key rotate\n"
                               "  apportion key rotate --to /etc/apportion/new-key");
  rotate.add_option("--to", options->to, "File with the new key, if it is not to be in the home (mode 0600)")
      .type_name("FILE");
  on_chosen(rotate, action, options, run_rotate);
}

}  // namespace apportion
