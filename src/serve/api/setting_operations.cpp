#include <array>

#include "application/settings_edits.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/setting_document.h"

namespace apportion {
namespace {

Result<ApiAnswer> list_all_settings(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto settings, list_settings(call.caller, *workspace));
  return document_answer(settings_json(settings));
}

Result<ApiAnswer> change_known_setting(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(WritableWorkspace writable, begin_editing(*workspace, OnDamage::kRefuse, [](const std::string&) {}));
  APPORTION_ASSIGN(const auto before, list_settings(call.caller, *workspace));
  APPORTION_TRY(call.check_match(etag_of(settings_json(before))));
  const auto value = number_field(call.body, "value");
  APPORTION_ASSIGN(const SettingValue setting, change_setting(call.caller, writable, call.path("setting"),
                                                              value ? std::to_string(*value) : std::string("default")));
  ApiAnswer answer;  // without an entity tag: that is of the list
  answer.body = setting_json(setting);
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listSettings", Right::kManagePeople, Effect::kReads, &list_all_settings},
    {"changeSetting", Right::kManagePeople, Effect::kChanges, &change_known_setting},
});

}  // namespace

std::span<const Operation> setting_operations() { return kOperations; }

}  // namespace apportion
