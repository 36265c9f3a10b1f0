#include "application/alert_channels.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "application/freshness.h"
#include "application/partner_only.h"
#include "application/report_deliveries.h"
#include "azure/http.h"
#include "foundation/base/next_step.h"
#include "foundation/base/shown_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kAlertsListedMax = 1000;
constexpr const char* kWebhookSecret = "webhook-secret";
constexpr const char* kWebhookUrl = "webhook-url";
constexpr const char* kMailPassword = "mail-password";

// Under which the secrets of a channel are kept.
std::string channel_owner(const std::string& channel) { return "alert:" + channel; }

// Scheme and host: the rest may be the secret.
std::string receiver_of(const std::string& url) {
  const auto host = url.find("://") + 3;
  return url.substr(0, url.find_first_of("/?#", host));
}

UtcTime now_of(const Clock& clock) {
  const auto now = parse_utc_time(clock.now());
  return now.value_or(UtcTime());
}

ChannelView view_of(const AlertChannel& channel) {
  const Json settings = Json::parse(channel.settings);
  ChannelView view{channel.name, channel.kind, {}, {}, {}, {}};
  if (channel.kind == "webhook") {
    view.to = {receiver_of(settings.at("url"))};
    return view;
  }
  view.to = settings.at("to").get<std::vector<std::string>>();
  view.server = without_secrets(settings.at("server").get<std::string>());
  view.user = settings.at("user");
  view.from = settings.at("from");
  return view;
}

struct ChannelSecret {
  const char* name;
  std::string text;
};

Result<ChannelView> put_channel(const Environment& environment, WritableWorkspace& writable,
                                const AlertChannel& channel, const std::vector<ChannelSecret>& secrets) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  AzureCatalog catalog = AzureCatalog::of(control_plane);
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  APPORTION_TRY(catalog.remove_owned_secrets(channel_owner(channel.name)));
  for (const ChannelSecret& secret : secrets) {
    if (secret.text.empty()) continue;
    APPORTION_ASSIGN(const SealedSecret sealed,
                     seal(environment, writable.workspace, channel_owner(channel.name), secret.name, secret.text));
    APPORTION_TRY(catalog.put_owned_secret(sealed));
  }
  APPORTION_TRY(catalog.put_channel(channel));
  APPORTION_TRY(transaction.commit());
  return view_of(channel);
}

AlertChannel webhook_channel(const std::string& name, const std::string& url) {
  return {name, "webhook", Json{{"url", receiver_of(url)}}.dump()};
}

MailSettings mail_settings(const Json& settings, const Secrets& secrets) {
  return {settings.at("server"), settings.at("user"), secrets.get(kMailPassword), settings.at("from"),
          settings.at("to").get<std::vector<std::string>>()};
}

Result<std::unique_ptr<AlertSender>> make_sender(const Workspace& workspace, const AzureCatalog& catalog,
                                                 const Clock& clock, Gateway& gateway, const AlertChannel& channel) {
  APPORTION_ASSIGN(const auto sealed, catalog.owned_secrets(channel_owner(channel.name)));
  APPORTION_ASSIGN(const Secrets secrets, open_secrets(gateway.world().variable, workspace, sealed));
  const Json settings = Json::parse(channel.settings);
  const auto now = [clock] { return now_of(clock); };
  if (channel.kind == "webhook") {
    const std::string url = secrets.get(kWebhookUrl);
    return make_webhook_sender({url.empty() ? settings.at("url").get<std::string>() : url, secrets.get(kWebhookSecret)},
                               gateway.transport(), now, gateway.cancel());
  }
  return make_mail_sender(mail_settings(settings, secrets), now);
}

constexpr const char* kNotAnchored = "audit-not-anchored";

Result<std::vector<AlertCondition>> anchor_conditions(const AzureCatalog& catalog,
                                                      const std::optional<Result<void>>& anchored) {
  std::vector<AlertCondition> conditions;
  if (anchored && !*anchored) {
    conditions.push_back({kNotAnchored, kNotAnchored, "",
                          fmt::format("the audit log was not anchored: {}. Verify it: {}", anchored->error().message(),
                                      step(Step::kVerifyAudit))});
  }
  if (anchored) return conditions;
  APPORTION_ASSIGN(const auto open, catalog.open_alerts());
  for (const StoredAlert& alert : open) {
    if (alert.key == kNotAnchored) conditions.push_back({alert.key, alert.kind, alert.connection, alert.text});
  }
  return conditions;
}

Error no_such_channel(const std::string& name) {
  return {ErrorId::kNoSuchChannel, "there is no such channel", name, "",
          "see which channels there are: " + step(Step::kListAlertChannels)};
}

}  // namespace

Result<void> check_webhook_url(const std::string& url) {
  const bool is_plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (is_plain && is_secure(url)) return ok();
  std::string why = "expected an https URL: alerts are nobody else's business";
  if (!is_plain) {
    why = "a URL has only ASCII characters, and no spaces or line breaks";
  } else if (url.starts_with("https://")) {
    why = "expected a plain host after https://, without a user or password";
  }
  // Any part of the URL but its host may be a secret.
  return Error{ErrorId::kAlertTargetInvalid, "alerts cannot be sent to this URL", origin_of(url), std::move(why),
               "give the https URL of the receiver"};
}

Result<ChannelView> add_webhook_channel(const Environment& environment, WritableWorkspace& writable,
                                        const std::string& name, const WebhookSettings& settings) {
  APPORTION_TRY(check_webhook_url(settings.url));
  return put_channel(environment, writable, webhook_channel(name, settings.url),
                     {{kWebhookUrl, settings.url}, {kWebhookSecret, settings.secret}});
}

Result<ChannelView> add_mail_channel(const Environment& environment, WritableWorkspace& writable,
                                     const std::string& name, const MailSettings& settings) {
  APPORTION_TRY(check_mail_settings(settings));
  const Json kept = {
      {"server", settings.server}, {"user", settings.user}, {"from", settings.from}, {"to", settings.to}};
  return put_channel(environment, writable, {name, "mail", kept.dump()}, {{kMailPassword, settings.password}});
}

Result<void> remove_channel(WritableWorkspace& writable, const std::string& name) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  AzureCatalog catalog = AzureCatalog::of(control_plane);
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  APPORTION_ASSIGN(const bool removed, catalog.remove_channel(name));
  if (!removed) return no_such_channel(name);
  APPORTION_TRY(catalog.remove_owned_secrets(channel_owner(name)));
  return transaction.commit();
}

Result<std::vector<ChannelView>> channels_of(const Workspace& workspace) {
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto channels, catalog.channels());
  std::vector<ChannelView> views;
  for (const AlertChannel& channel : channels) views.push_back(view_of(channel));
  return views;
}

Result<std::optional<MailSettings>> mail_settings_of(const Workspace& workspace, const Environment& environment) {
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto channels, catalog.channels());
  const auto found = std::ranges::find(channels, "mail", &AlertChannel::kind);
  if (found == channels.end()) return std::optional<MailSettings>();
  APPORTION_ASSIGN(const auto sealed, catalog.owned_secrets(channel_owner(found->name)));
  APPORTION_ASSIGN(const Secrets secrets, open_secrets(environment, workspace, sealed));
  return std::optional(mail_settings(Json::parse(found->settings), secrets));
}

Result<void> seal_plain_urls(const Environment& environment, WritableWorkspace& writable) {
  AzureCatalog catalog = AzureCatalog::of(writable.workspace.control_plane);
  APPORTION_ASSIGN(const auto channels, catalog.channels());
  for (const AlertChannel& channel : channels) {
    if (channel.kind != "webhook") continue;
    const std::string url = Json::parse(channel.settings).at("url");
    if (url == receiver_of(url)) continue;
    APPORTION_ASSIGN(ControlPlaneTransaction transaction, writable.workspace.control_plane.begin());
    APPORTION_ASSIGN(const SealedSecret sealed,
                     seal(environment, writable.workspace, channel_owner(channel.name), kWebhookUrl, url));
    APPORTION_TRY(catalog.put_owned_secret(sealed));
    APPORTION_TRY(catalog.put_channel(webhook_channel(channel.name, url)));
    APPORTION_TRY(transaction.commit());
  }
  return ok();
}

Result<std::vector<NamedSender>> alert_senders(const Workspace& workspace, const Clock& clock, Gateway& gateway) {
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto channels, catalog.channels());
  std::vector<NamedSender> senders;
  for (const AlertChannel& channel : channels) {
    APPORTION_ASSIGN(auto sender, make_sender(workspace, catalog, clock, gateway, channel));
    senders.push_back({channel.name, std::move(sender)});
  }
  return senders;
}

Result<std::vector<StoredAlert>> list_alerts(const Caller& caller, const Workspace& workspace, bool all) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  return all ? catalog.alert_history(kAlertsListedMax) : catalog.open_alerts();
}

Result<void> send_test_alert(const Caller& caller, const Workspace& workspace, Gateway& gateway,
                             const std::string& channel) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const auto senders, alert_senders(workspace, workspace.clock, gateway));
  const auto found = std::ranges::find(senders, channel, &NamedSender::channel);
  if (found == senders.end()) return no_such_channel(channel);
  const StoredAlert alert{0, "test", "test", "", "this is a test of the channel " + channel, workspace.clock.now()};
  return found->sender->send({alert, true});
}

Result<AlertRound> tell_alerts(Workspace& workspace, const Clock& clock, Gateway& gateway, const StepWords& words,
                               const std::optional<Result<void>>& anchored) {
  const Environment& environment = gateway.world().variable;
  APPORTION_ASSIGN(AzureCatalog catalog, open_catalog(workspace));
  AlertRound round;
  {
    APPORTION_ASSIGN(WritableWorkspace writable, begin_writing(workspace, kPatienceWithoutEnd));
    APPORTION_TRY(seal_plain_urls(environment, writable));
    APPORTION_ASSIGN(const auto expiries, file_expiries(environment, workspace, catalog));
    APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
    const AlertSettings alert_settings = AlertSettings::of(settings);
    APPORTION_ASSIGN(auto conditions,
                     alert_conditions(workspace.control_plane, catalog, expiries, alert_settings, now_of(clock)));
    APPORTION_ASSIGN(const DiskSpace disk, disk_space_of(workspace.home.folder()));
    const auto of_disk = disk_conditions(disk, alert_settings);
    conditions.insert(conditions.end(), of_disk.begin(), of_disk.end());
    APPORTION_ASSIGN(const auto of_reports, report_conditions(workspace));
    conditions.insert(conditions.end(), of_reports.begin(), of_reports.end());
    APPORTION_ASSIGN(const auto of_anchor, anchor_conditions(catalog, anchored));
    conditions.insert(conditions.end(), of_anchor.begin(), of_anchor.end());
    APPORTION_ASSIGN(round, update_alerts(catalog, conditions));
  }
  APPORTION_ASSIGN(const auto senders, alert_senders(workspace, clock, gateway));
  APPORTION_TRY(deliver_alerts(catalog, senders, words, round));
  return round;
}

}  // namespace apportion
