/// Shows the settings of a home as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/settings_edits.h"

namespace apportion {

nlohmann::ordered_json setting_json(const SettingValue& setting);
/// `{"settings": …}`
nlohmann::ordered_json settings_json(const std::vector<SettingValue>& settings);

}  // namespace apportion
