#include "serve/cli/alert_channels.h"
#include "foundation/base/text.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "application/freshness.h"
#include "application/webhook_sender.h"

namespace apportion {
namespace {

UtcTime now_of(const Clock& clock) {
  const auto now = parse_utc_time(clock.now());
  return now.value_or(UtcTime());
}

Result<std::unique_ptr<AlertSender>> make_sender(Session& session, const Workspace& workspace,
                                                 const AzureCatalog& catalog, Gateway& gateway,
                                                 const AlertChannel& channel) {
  APPORTION_ASSIGN(const auto sealed, catalog.owned_secrets(channel_owner(channel.name)));
  APPORTION_ASSIGN(const Secrets secrets, open_secrets(session.world().variable, workspace, sealed));
  const auto settings = nlohmann::json::parse(channel.settings);
  const auto now = [clock = session.clock()] { return now_of(clock); };
  if (channel.kind == "webhook") {
    return make_webhook_sender({settings.at("url"), secrets.get(kWebhookSecret)}, gateway.transport(), now,
                               gateway.cancel());
  }
  return make_mail_sender({settings.at("server"), settings.at("user"), secrets.get(kMailPassword), settings.at("from"),
                           settings.at("to").get<std::vector<std::string>>()},
                          now);
}

}  // namespace

std::string channel_owner(const std::string& channel) { return "alert:" + channel; }

std::string channel_target(const AlertChannel& channel) {
  const auto settings = nlohmann::json::parse(channel.settings);
  if (channel.kind == "webhook") return shown_url(settings.at("url").get<std::string>());
  return fmt::format("{}", fmt::join(settings.at("to").get<std::vector<std::string>>(), ", "));
}

Result<void> check_webhook_url(const std::string& url) {
  if ((url.starts_with("https://") && !origin_of(url).empty()) || is_loopback(url)) return ok();
  return Error{ErrorId::kAlertTargetInvalid, "alerts are not sent there", excerpt(url),
               "expected an https URL: what alerts tell is nobody else's business",
               "give the https URL of the receiver"};
}

Result<std::vector<NamedSender>> alert_senders(Session& session, const Workspace& workspace,
                                               const AzureCatalog& catalog, Gateway& gateway) {
  std::vector<NamedSender> senders;
  APPORTION_ASSIGN(const auto channels, catalog.channels());
  for (const AlertChannel& channel : channels) {
    APPORTION_ASSIGN(auto sender, make_sender(session, workspace, catalog, gateway, channel));
    senders.push_back({channel.name, std::move(sender)});
  }
  return senders;
}

Result<AlertRound> tell_alerts(Session& session, const Workspace& workspace, Gateway& gateway) {
  APPORTION_ASSIGN(AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto expiries, file_expiries(session.world().variable, workspace, catalog));
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  APPORTION_ASSIGN(const auto conditions, alert_conditions(workspace.control_plane, catalog, expiries,
                                                           AlertSettings::of(settings), now_of(session.clock())));
  APPORTION_ASSIGN(const auto senders, alert_senders(session, workspace, catalog, gateway));
  APPORTION_ASSIGN(AlertRound round, update_alerts(catalog, conditions, senders));
  for (const StoredAlert& alert : round.opened) session.console().say("alert: " + alert.text);
  for (const StoredAlert& alert : round.closed)
    session.console().say(fmt::format("over: {} {}", alert.kind, alert.connection));
  return round;
}

}  // namespace apportion
