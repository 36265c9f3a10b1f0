/// The channels that alerts go to: added, removed, listed, and made into senders.
///
/// A webhook's URL is often a secret as a whole (Logic Apps, Teams, Slack), so it is sealed like its signing secret;
/// the control plane holds what may be shown, and no more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/alerts.h"
#include "application/azure_sessions.h"
#include "application/mail_sender.h"
#include "application/webhook_sender.h"
#include "application/writable_workspace.h"
#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// A channel as people may see it.
struct ChannelView {
  std::string name;
  std::string kind;             ///< `webhook`, `mail`
  std::vector<std::string> to;  ///< The receiver's host, or the addresses.
  std::string server;           ///< Of mail.
  std::string user;
  std::string from;
};

/// A URL that a webhook may have. Errors: kAlertTargetInvalid (neither https nor http to this machine itself, a user in
/// it, spaces or line breaks).
Result<void> check_webhook_url(const std::string& url);

/// Adds or replaces a channel and its secrets in one transaction. Errors: those of the settings' checks; no key.
Result<ChannelView> add_webhook_channel(const Environment& environment, WritableWorkspace& writable,
                                        const std::string& name, const WebhookSettings& settings);
Result<ChannelView> add_mail_channel(const Environment& environment, WritableWorkspace& writable,
                                     const std::string& name, const MailSettings& settings);
/// Errors: kNoSuchChannel.
Result<void> remove_channel(WritableWorkspace& writable, const std::string& name);

/// By name.
Result<std::vector<ChannelView>> channels_of(const Workspace& workspace);

/// How mail leaves, with the password: as the first channel that is one does. Nothing if there is none.
Result<std::optional<MailSettings>> mail_settings_of(const Workspace& workspace, const Environment& environment);

/// Seals the URLs of webhooks that an earlier version kept in plain text.
Result<void> seal_plain_urls(const Environment& environment, WritableWorkspace& writable);

/// `gateway` must outlive the senders.
Result<std::vector<NamedSender>> alert_senders(const Workspace& workspace, const Clock& clock, Gateway& gateway);

/// Those that are open, the oldest first; or all, the newest first. Errors: kPartnerOnly.
Result<std::vector<StoredAlert>> list_alerts(const Caller& caller, const Workspace& workspace, bool all);

/// Sends an alert that says it is a test. Errors: kPartnerOnly, kNoSuchChannel, those of sending.
Result<void> send_test_alert(const Caller& caller, const Workspace& workspace, Gateway& gateway,
                             const std::string& channel);

/// Checks what holds, opens and closes alerts, and notifies the channels, with next steps in these words. `anchored`:
/// how anchoring the audit log ended; nothing if it was not tried, so that what was found before stays.
Result<AlertRound> tell_alerts(Workspace& workspace, const Clock& clock, Gateway& gateway, const StepWords& words,
                               const std::optional<Result<void>>& anchored = std::nullopt);

}  // namespace apportion
