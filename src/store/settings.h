/// Settings: the one table of what an owner may set for a home. Each has a type, bounds and a default.
///
/// Options of a command override settings, and settings override defaults. Every change is in the audit log.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "store/control_plane.h"

namespace apportion {

enum class SettingId {
  kAlertsDiskFreePercent,
  kAlertsExpiryDays,
  kAlertsLateHours,
  kLakeKeepSupersededDays,
  kMigrationBeforeCredit,
  kMonthsLockAfterDays,
  kMonthsLockInvoiced,
  kQueriesCubesMib,
  kQueriesMemoryMib,
  kQueriesThreads,
  kRunsShrinkPercent,
  kServeEveryMinutes,
  kSessionsIdleMinutes,
  kSessionsLastDays,
  kWorkersLeaseSeconds,
};

/// A whole number with its bounds, both inclusive; the name states the unit.
struct SettingDefinition {
  SettingId id;
  std::string_view name;  ///< `alerts.expiry-days`
  std::int64_t least;
  std::int64_t most;
  std::int64_t default_value;
  std::string_view about;
};

/// All settings, by name.
std::span<const SettingDefinition> setting_definitions();

/// The settings of a home at one moment.
class Settings {
 public:
  static Result<Settings> read(const ControlPlane& control_plane);

  std::int64_t operator[](SettingId id) const;
  /// Whether somebody set it.
  bool is_set(SettingId id) const { return values_.contains(id); }

 private:
  std::map<SettingId, std::int64_t> values_;
};

/// The setting with a name. Errors: kNoSuchSetting, which lists all of them.
Result<SettingDefinition> setting_named(std::string_view name);

/// Sets one from text; `default` restores the default. Refuses what is not a whole number or is out of bounds.
Result<void> set_setting(ControlPlane& control_plane, std::string_view name, std::string_view value);

}  // namespace apportion
