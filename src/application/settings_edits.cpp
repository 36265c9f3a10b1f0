#include "application/settings_edits.h"

#include "application/partner_only.h"
#include "store/settings.h"

namespace apportion {
namespace {

SettingValue value_of(const SettingDefinition& setting, const Settings& settings) {
  return {setting.name, settings[setting.id], settings.is_set(setting.id), setting.default_value, setting.least,
          setting.most, setting.about};
}

}  // namespace

Result<std::vector<SettingValue>> list_settings(const Caller& caller, const Workspace& workspace) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  std::vector<SettingValue> values;
  for (const SettingDefinition& setting : setting_definitions()) values.push_back(value_of(setting, settings));
  return values;
}

Result<SettingValue> setting_value(const Caller& caller, const Workspace& workspace, std::string_view name) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const SettingDefinition setting, setting_named(name));
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  return value_of(setting, settings);
}

Result<SettingValue> change_setting(const Caller& caller, WritableWorkspace& writable, std::string_view name,
                                    std::string_view text) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_TRY(set_setting(writable.workspace.control_plane, name, text));
  return setting_value(caller, writable.workspace, name);
}

}  // namespace apportion
