#include "serve/format/setting_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json setting_json(const SettingValue& setting) {
  return {{"name", setting.name},     {"value", setting.value},
          {"is_set", setting.is_set}, {"default", setting.default_value},
          {"least", setting.least},   {"most", setting.most},
          {"about", setting.about}};
}

nlohmann::ordered_json settings_json(const std::vector<SettingValue>& settings) {
  auto list = nlohmann::ordered_json::array();
  for (const SettingValue& setting : settings) list.push_back(setting_json(setting));
  return {{"settings", std::move(list)}};
}

}  // namespace apportion
