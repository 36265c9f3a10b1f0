#include <fmt/format.h>

#include "application/settings_edits.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/engine_option.h"
#include "serve/format/setting_document.h"

namespace apportion {
namespace {

struct ConfigOptions {
  std::string name;
  std::string value;
};

Result<ExitCode> run_list(Session& session, const ConfigOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto settings, list_settings(session.caller(), workspace));
  if (session.json()) {
    session.console().print_json(settings_json(settings));
    return kExitDone;
  }
  Table table;
  table.columns = {{"Setting"},
                   {"Value", TableKind::kInteger},
                   {"Default", TableKind::kInteger},
                   {"Least", TableKind::kInteger},
                   {"Most", TableKind::kInteger},
                   {"About"}};
  for (const SettingValue& setting : settings) {
    table.rows.push_back({std::string(setting.name), setting.value, setting.default_value, setting.least, setting.most,
                          std::string(setting.about)});
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_get(Session& session, const ConfigOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const SettingValue setting, setting_value(session.caller(), workspace, options.name));
  if (session.json()) {
    session.console().print_json(setting_json(setting));
  } else {
    session.console().print_text(fmt::format("{}\n", setting.value));
  }
  return kExitDone;
}

Result<ExitCode> run_set(Session& session, const ConfigOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const SettingValue setting, change_setting(session.caller(), writable, options.name, options.value));
  session.console().say(fmt::format("{} is {}{}", setting.name, setting.value, setting.is_set ? "" : ", the default"));
  if (session.json()) session.console().print_json(setting_json(setting));
  return kExitDone;
}

}  // namespace

void add_config_command(Command app, Action& action) {
  Command group = add_group(app, "config", "Show and change the settings of the home");
  auto options = std::make_shared<ConfigOptions>();

  Command list =
      add_command(group, "list", "List all settings with their values, defaults and bounds", "  apportion config list");
  on_chosen(list, action, options, run_list);

  Command get =
      add_command(group, "get", "Print the value of one setting", "  apportion config get alerts.expiry-days");
  get.add_option("NAME", options->name, "Name of the setting").required();
  on_chosen(get, action, options, run_get);

  Command set = add_command(group, "set", "Change one setting; the audit log records who did it",
                            "  apportion config set alerts.expiry-days 14\n"
                            "  apportion config set alerts.expiry-days default");
  set.add_option("NAME", options->name, "Name of the setting").required();
  set.add_option("VALUE", options->value, "A whole number, or `default`").required();
  on_chosen(set, action, options, run_set);
  add_brand_command(group, action);
  add_trino_command(group, action);
}

}  // namespace apportion
