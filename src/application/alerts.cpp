#include "application/alerts.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "application/azure_sessions.h"
#include "application/freshness.h"
#include "store/people_book.h"

namespace apportion {
namespace {

constexpr std::string_view kOwnerPrefix = "connection:";

Day day_of(UtcTime time) {
  return Day(static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(time).time_since_epoch().count()));
}

AlertCondition late(const SourceFreshness& source, UtcTime now) {
  return {
      "run-late " + source.connection, "run-late", source.connection,
      fmt::format("the newest data of {} dates from {}, {} ago; a run was expected by {}. See when runs came in: {}; "
                  "check every permission: {}",
                  source.connection, utc_time_text(*source.data_as_of), duration_text(*source.lag(now)),
                  utc_time_text(*source.next_expected),
                  step(Step::kShowConnectionStatus, {{"connection", source.connection}}),
                  step(Step::kDiagnose, {{"connection", source.connection}}))};
}

AlertCondition failed(const SourceFreshness& source) {
  const SyncAttempt& attempt = *source.last_attempt;
  return {
      "sync-failed " + source.connection, "sync-failed", source.connection,
      fmt::format("the sync of {} at {} ran into problems: {}", source.connection, attempt.started_at, attempt.detail)};
}

AlertCondition is_held(const HeldCharges& held, const std::string& connection) {
  const std::string month = held.month.to_string();
  const auto of_month = [&](Step id) { return step(id, {{"connection", connection}, {"month", month}}); };
  std::string choices = fmt::format("{} or {}", of_month(Step::kAcceptLateCharges), of_month(Step::kLeaveLateCharges));
  if (held.hold.cause == HoldCause::kLocked)
    choices = fmt::format("{}, {}", of_month(Step::kCarryLateCharges), choices);
  return {fmt::format("run-held {} {}", connection, month), "run-held", connection,
          fmt::format("newer charges of {} {} are not in force: {}. See what they change: {}; then decide: {}",
                      connection, month, held.hold.detail, of_month(Step::kShowChanges), choices)};
}

std::string end_text(Day end, Day today) {
  const int days = end.days_since_epoch() - today.days_since_epoch();
  return days < 0 ? fmt::format("ended on {}", end.to_string())
                  : fmt::format("ends on {}, in {} days", end.to_string(), days);
}

AlertCondition provider_secret_expires(Day end, Day today) {
  return {"credential-expires identity-provider", "credential-expires", "",
          fmt::format("the client secret of the identity provider {}; without one, nobody can sign in there. Give it a "
                      "new one: {}",
                      end_text(end, today), step(Step::kSetIdentityProvider))};
}

AlertCondition expires(const Expiry& expiry, Day today) {
  return {fmt::format("credential-expires {} {}", expiry.connection, expiry.what), "credential-expires",
          expiry.connection,
          fmt::format("the {} of {} {}. Give the connection a new one: {}", expiry.what, expiry.connection,
                      end_text(expiry.on, today), step_giving_secret(expiry.connection, expiry.what))};
}

std::vector<Expiry> sealed_expiries(const std::vector<ExpiringSecret>& secrets) {
  std::vector<Expiry> expiries;
  for (const ExpiringSecret& secret : secrets) {
    if (secret.owner.starts_with(kOwnerPrefix))
      expiries.push_back({secret.owner.substr(kOwnerPrefix.size()), secret.name, secret.expires_on});
  }
  return expiries;
}

// Tells a channel once; what fails is noted and due again.
Result<void> tell(AzureCatalog& catalog, const NamedSender& to, AlertMessage message, const StepWords& words,
                  AlertRound& round) {
  const std::string event = message.opened ? "opened" : "closed";
  APPORTION_ASSIGN(const bool told, catalog.was_delivered(message.alert.id, event, to.channel));
  if (told) return ok();
  message.alert.text = worded(message.alert.text, words);
  const auto sent = to.sender->send(message);
  if (!sent) round.failures.push_back(sent.error());
  return catalog.note_delivery(message.alert.id, event, to.channel, sent ? "" : sent.error().message());
}

}  // namespace

AlertSettings AlertSettings::of(const Settings& settings) {
  return {std::chrono::hours(settings[SettingId::kAlertsLateHours]),
          static_cast<int>(settings[SettingId::kAlertsExpiryDays]),
          static_cast<int>(settings[SettingId::kAlertsDiskFreePercent])};
}

std::vector<AlertCondition> disk_conditions(const DiskSpace& disk, const AlertSettings& settings) {
  if (!disk.has_less_than(settings.disk_free_percent)) return {};
  return {{"disk-low", "disk-low", "",
           fmt::format("the disk of the home has {} free of {}, less than {} %. Free some space, or keep files that "
                       "nothing needs any more for fewer days, by the setting lake.keep-superseded-days: {}",
                       gibibytes_text(disk.free_bytes), gibibytes_text(disk.total_bytes), settings.disk_free_percent,
                       step(Step::kListSettings))}};
}

Result<std::vector<AlertCondition>> alert_conditions(const ControlPlane& control_plane, const AzureCatalog& catalog,
                                                     const std::vector<Expiry>& expiries, const AlertSettings& settings,
                                                     UtcTime now) {
  std::vector<AlertCondition> conditions;
  APPORTION_ASSIGN(const auto sources, freshness_of_connections(control_plane, catalog));
  for (const SourceFreshness& source : sources) {
    if (source.is_late(now, settings.late_grace)) conditions.push_back(late(source, now));
    const auto& attempt = source.last_attempt;
    if (attempt && (attempt->outcome == SyncOutcome::kFailed || attempt->outcome == SyncOutcome::kProblems))
      conditions.push_back(failed(source));
  }
  APPORTION_ASSIGN(const auto all_held, control_plane.held_charges());
  for (const HeldCharges& held : all_held) {
    if (held.decision != HoldDecision::kOpen) continue;
    APPORTION_ASSIGN(const Connection connection, control_plane.connection(held.connection));
    conditions.push_back(is_held(held, connection.name));
  }
  APPORTION_ASSIGN(const auto secrets, catalog.expiring_secrets());
  std::vector<Expiry> all = sealed_expiries(secrets);
  all.insert(all.end(), expiries.begin(), expiries.end());
  const Day today = day_of(now);
  const Day soon = today.plus_days(settings.expiry_days);
  for (const Expiry& expiry : all) {
    if (expiry.on <= soon) conditions.push_back(expires(expiry, today));
  }
  for (const ExpiringSecret& secret : secrets) {
    const bool is_providers = secret.owner == kIdentityProviderSecret.owner;
    if (is_providers && secret.expires_on <= soon) {
      conditions.push_back(provider_secret_expires(secret.expires_on, today));
    }
  }
  return conditions;
}

Result<AlertRound> update_alerts(AzureCatalog& catalog, const std::vector<AlertCondition>& conditions) {
  AlertRound round;
  APPORTION_ASSIGN(const auto open_before, catalog.open_alerts());
  std::set<std::string> holding;
  for (const AlertCondition& condition : conditions) {
    holding.insert(condition.key);
    const bool known = std::any_of(open_before.begin(), open_before.end(),
                                   [&](const StoredAlert& alert) { return alert.key == condition.key; });
    if (known) continue;
    APPORTION_ASSIGN(auto opened,
                     catalog.open_alert({0, condition.key, condition.kind, condition.connection, condition.text, ""}));
    round.opened.push_back(std::move(opened));
  }
  for (const StoredAlert& alert : open_before) {
    if (holding.contains(alert.key)) continue;
    APPORTION_TRY(catalog.close_alert(alert.id));
    round.closed.push_back(alert);
  }
  return round;
}

Result<void> deliver_alerts(AzureCatalog& catalog, const std::vector<NamedSender>& senders, const StepWords& words,
                            AlertRound& round) {
  APPORTION_ASSIGN(const auto open_now, catalog.open_alerts());
  for (const NamedSender& to : senders) {
    for (const StoredAlert& alert : open_now) APPORTION_TRY(tell(catalog, to, {alert, true}, words, round));
    APPORTION_ASSIGN(const auto ended, catalog.ends_to_tell(to.channel));
    for (const StoredAlert& alert : ended) APPORTION_TRY(tell(catalog, to, {alert, false}, words, round));
  }
  return ok();
}

}  // namespace apportion
