#include <array>

#include "application/alert_channels.h"
#include "application/mail_sender.h"
#include "application/webhook_sender.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/alert_document.h"

namespace apportion {
namespace {

Result<ApiAnswer> list_open_alerts(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto alerts, list_alerts(call.caller, *workspace, call.query_flag("all")));
  return document_answer(alerts_json(alerts));
}

Result<ApiAnswer> list_channels(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto channels, channels_of(*workspace));
  return document_answer(channels_json(channels));
}

Result<ChannelView> put_channel(const ApiCall& call, WritableWorkspace& writable, const std::string& name) {
  const Environment& environment = call.service.options().azure.variable;
  if (const auto url = text_field(call.body, "url")) {
    APPORTION_TRY(check_webhook_url(*url));
    return add_webhook_channel(environment, writable, name, {*url, text_field(call.body, "secret").value_or("")});
  }
  MailSettings settings{text_field(call.body, "server").value_or(""), text_field(call.body, "user").value_or(""),
                        text_field(call.body, "password").value_or(""), text_field(call.body, "from").value_or(""),
                        list_field(call.body, "to")};
  APPORTION_TRY(check_mail_settings(settings));
  return add_mail_channel(environment, writable, name, settings);
}

Result<ApiAnswer> set_channel(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(WritableWorkspace writable, begin_editing(*workspace, OnDamage::kRefuse, [](const std::string&) {}));
  APPORTION_ASSIGN(const ChannelView channel, put_channel(call, writable, call.path("channel")));
  return document_answer(channel_json(channel));
}

Result<ApiAnswer> remove_known_channel(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(WritableWorkspace writable, begin_editing(*workspace, OnDamage::kRefuse, [](const std::string&) {}));
  APPORTION_TRY(remove_channel(writable, call.path("channel")));
  ApiAnswer answer;
  constexpr int kNoContent = 204;
  answer.status = kNoContent;
  return answer;
}

Result<ApiAnswer> test_channel(ApiCall& call) {
  const std::string name = call.path("channel");
  return start_job(call, "alert-test", name,
                   [name, caller = call.caller, world = call.service.options().azure](Workspace& own) -> Result<Json> {
                     AzureWorld with_cancel = world;
                     with_cancel.cancel = own.cancel;
                     Gateway gateway(std::move(with_cancel));
                     APPORTION_TRY(send_test_alert(caller, own, gateway, name));
                     return Json{{"sent", name}};
                   });
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listAlerts", Right::kReadAlerts, Effect::kReads, &list_open_alerts},
    {"listAlertChannels", Right::kManageAlerts, Effect::kReads, &list_channels},
    {"setAlertChannel", Right::kManageAlerts, Effect::kChanges, &set_channel},
    {"removeAlertChannel", Right::kManageAlerts, Effect::kChanges, &remove_known_channel},
    {"testAlertChannel", Right::kManageAlerts, Effect::kCreates, &test_channel},
});

}  // namespace

std::span<const Operation> alert_operations() { return kOperations; }

}  // namespace apportion
