#include <fmt/format.h>

#include "serve/cli/commands_internal.h"
#include "serve/format/table_json.h"
#include "store/settings.h"

namespace apportion {
namespace {

struct ConfigOptions {
  std::string name;
  std::string value;
};

Json setting_json(const SettingDefinition& setting, const Settings& settings) {
  return {{"name", setting.name},
          {"value", settings[setting.id]},
          {"is_set", settings.is_set(setting.id)},
          {"default", setting.default_value},
          {"least", setting.least},
          {"most", setting.most},
          {"about", setting.about}};
}

Result<ExitCode> run_list(Session& session, const ConfigOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  if (session.json()) {
    Json list = Json::array();
    for (const SettingDefinition& setting : setting_definitions()) list.push_back(setting_json(setting, settings));
    session.console().print_json({{"settings", std::move(list)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"Setting"},
                   {"Value", TableKind::kInteger},
                   {"Default", TableKind::kInteger},
                   {"Least", TableKind::kInteger},
                   {"Most", TableKind::kInteger},
                   {"About"}};
  for (const SettingDefinition& setting : setting_definitions()) {
    table.rows.push_back({std::string(setting.name), settings[setting.id], setting.default_value, setting.least,
                          setting.most, std::string(setting.about)});
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_get(Session& session, const ConfigOptions& options) {
  APPORTION_ASSIGN(const SettingDefinition setting, setting_named(options.name));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  if (session.json()) {
    session.console().print_json(setting_json(setting, settings));
  } else {
    session.console().print_text(fmt::format("{}\n", settings[setting.id]));
  }
  return kExitDone;
}

Result<ExitCode> run_set(Session& session, const ConfigOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_TRY(set_setting(control_plane, options.name, options.value));
  APPORTION_ASSIGN(const SettingDefinition setting, setting_named(options.name));
  APPORTION_ASSIGN(const Settings settings, Settings::read(control_plane));
  session.console().say(fmt::format("{} is {}{}", setting.name, settings[setting.id],
                                    settings.is_set(setting.id) ? "" : ", the default"));
  if (session.json()) session.console().print_json(setting_json(setting, settings));
  return kExitDone;
}

}  // namespace

void add_config_command(CLI::App& app, Action& action) {
  CLI::App* group = add_group(app, "config", "Show and change the settings of the home");
  auto options = std::make_shared<ConfigOptions>();

  CLI::App* list = add_command(*group, "list", "List all settings with their values, defaults and bounds",
                               "  apportion config list");
  on_chosen(list, action, options, run_list);

  CLI::App* get =
      add_command(*group, "get", "Print the value of one setting", "  apportion config get alerts.expiry-days");
  get->add_option("NAME", options->name, "Name of the setting")->required();
  on_chosen(get, action, options, run_get);

  CLI::App* set = add_command(*group, "set", "Change one setting; the audit log records who did it",
                              "  apportion config set alerts.expiry-days 14\n"
                              "  apportion config set alerts.expiry-days default");
  set->add_option("NAME", options->name, "Name of the setting")->required();
  set->add_option("VALUE", options->value, "A whole number, or `default`")->required();
  on_chosen(set, action, options, run_set);
}

}  // namespace apportion
