/// The settings of a home: shown with their bounds, and changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "application/writable_workspace.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// A whole number; its unit stands in the name.
struct SettingValue {
  std::string_view name;  ///< `alerts.expiry-days`
  std::int64_t value = 0;
  bool is_set = false;  ///< Else the default holds.
  std::int64_t default_value = 0;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string_view about;
};

/// By name. Errors: kPartnerOnly for everybody but the partner.
Result<std::vector<SettingValue>> list_settings(const Caller& caller, const Workspace& workspace);

/// Errors: as above; there is no such setting.
Result<SettingValue> setting_value(const Caller& caller, const Workspace& workspace, std::string_view name);

/// Sets it from text; `default` lets the default hold again. Errors: as above; no whole number, or out of bounds.
Result<SettingValue> change_setting(const Caller& caller, WritableWorkspace& writable, std::string_view name,
                                    std::string_view text);

}  // namespace apportion
