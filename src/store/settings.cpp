#include "store/settings.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/check.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr auto kDefinitions = std::to_array<SettingDefinition>({
    {SettingId::kAlertsDiskFreePercent, "alerts.disk-free-percent", 0, 90, 10,
     "Percent of the home's disk that should be free; below it, an alert warns; 0 for never"},
    {SettingId::kAlertsExpiryDays, "alerts.expiry-days", 1, 365, 30,
     "Days before a secret, certificate or SAS expires that alerts start to warn about it"},
    {SettingId::kAlertsLateHours, "alerts.late-hours", 0, 720, 2,
     "Hours that a run of an export may be late before an alert reports it"},
    {SettingId::kLakeKeepSupersededDays, "lake.keep-superseded-days", 0, 36'500, 400,
     "Days that files are kept after nothing needs them any more; 0 for ever"},
    {SettingId::kMigrationBeforeCredit, "migration.before-credit", 0, 1, 0,
     "1 if the legacy's costs are before partner earned credit (gross), 0 if they are after it (net)"},
    {SettingId::kMonthsLockAfterDays, "months.lock-after-days", 0, 365, 0,
     "Days after its end when a complete month is locked automatically; 0 for never"},
    {SettingId::kMonthsLockInvoiced, "months.lock-invoiced", 0, 1, 0,
     "1 to lock a complete month automatically once all of it is invoiced and its invoices tie; 0 for never"},
    {SettingId::kQueriesCubesMib, "queries.cubes-mib", 0, 1'048'576, 320,
     "Memory in which the service keeps cubes, in MiB; 0 for none"},
    {SettingId::kQueriesMemoryMib, "queries.memory-mib", 128, 1'048'576, 1536, "Memory for queries, in MiB"},
    {SettingId::kQueriesThreads, "queries.threads", 0, 1024, 0, "Threads to use; 0 for one per processor"},
    {SettingId::kRunsShrinkPercent, "runs.shrink-percent", 0, 100, 5,
     "Percent of rows or costs that a run may lose against the fullest before it without being held; 100 for never"},
    {SettingId::kServeEveryMinutes, "serve.every-minutes", 1, 1440, 60, "Minutes between two rounds of the service"},
    {SettingId::kSessionsIdleMinutes, "sessions.idle-minutes", 5, 10'080, 480,
     "Minutes after which a session that is not used ends"},
    {SettingId::kSessionsLastDays, "sessions.last-days", 1, 365, 7,
     "Days after which a session ends however it is used"},
    {SettingId::kWorkersLeaseSeconds, "workers.lease-seconds", 1, 3600, 60,
     "Seconds after which runs of a worker that is not heard from are given to another"},
});

const SettingDefinition& definition_of(SettingId id) {
  const auto found = std::ranges::find(kDefinitions, id, &SettingDefinition::id);
  APPORTION_CHECK(found != kDefinitions.end(), "every setting is in the table");
  return *found;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return is_whole ? std::optional(number) : std::nullopt;
}

bool is_within(const SettingDefinition& setting, std::optional<std::int64_t> value) {
  return value && *value >= setting.least && *value <= setting.most;
}

}  // namespace

std::span<const SettingDefinition> setting_definitions() { return kDefinitions; }

// What an older or newer program stored and this one does not take counts as not set.
Result<Settings> Settings::read(const ControlPlane& control_plane) {
  APPORTION_ASSIGN(const auto stored, control_plane.stored_settings());
  Settings settings;
  for (const SettingDefinition& setting : kDefinitions) {
    const auto found = stored.find(std::string(setting.name));
    if (found == stored.end()) continue;
    const auto value = whole_number(found->second);
    if (is_within(setting, value)) settings.values_[setting.id] = *value;
  }
  return settings;
}

std::int64_t Settings::operator[](SettingId id) const {
  const auto found = values_.find(id);
  return found == values_.end() ? definition_of(id).default_value : found->second;
}

Result<SettingDefinition> setting_named(std::string_view name) {
  const auto found = std::ranges::find(kDefinitions, name, &SettingDefinition::name);
  if (found != kDefinitions.end()) return *found;
  std::vector<std::string_view> names;
  for (const SettingDefinition& setting : kDefinitions) names.push_back(setting.name);
  return Error{ErrorId::kNoSuchSetting, "there is no such setting", fmt::format("`{}`", excerpt(name)),
               fmt::format("the settings are: {}", fmt::join(names, ", ")),
               "see all settings: " + step(Step::kListSettings)};
}

Result<void> set_setting(ControlPlane& control_plane, std::string_view name, std::string_view value) {
  APPORTION_ASSIGN(const SettingDefinition setting, setting_named(name));
  const std::string key(setting.name);
  if (value == "default") return control_plane.put_setting(key, std::nullopt);
  const auto number = whole_number(value);
  if (is_within(setting, number)) return control_plane.put_setting(key, fmt::format("{}", *number));
  return Error{ErrorId::kSettingValueInvalid, "this value is not valid for the setting",
               fmt::format("{} = `{}`", key, excerpt(value)),
               fmt::format("it takes whole numbers from {} to {}", setting.least, setting.most),
               fmt::format("use a number in that range, or the default ({}): {}", setting.default_value,
                           step(Step::kResetSetting, {{"setting", key}}))};
}

}  // namespace apportion
