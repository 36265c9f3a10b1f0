/// The channels that alerts go to, as the control plane keeps them, made into senders. Internal to `cli`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "application/alerts.h"
#include "application/azure_sessions.h"
#include "application/mail_sender.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"
#include "serve/cli/session.h"
#include "store/azure_catalog.h"

namespace apportion {

inline constexpr const char* kWebhookSecret = "webhook-secret";
inline constexpr const char* kMailPassword = "mail-password";

/// Under which the secrets of a channel are kept.
std::string channel_owner(const std::string& channel);

/// For people: the URL without what is secret in it, or the addresses.
std::string channel_target(const AlertChannel& channel);

/// https, or http to this very machine. kUsage.
Result<void> check_webhook_url(const std::string& url);

/// `gateway` must outlive the senders.
Result<std::vector<NamedSender>> alert_senders(Session& session, const Workspace& workspace,
                                               const AzureCatalog& catalog, Gateway& gateway);

/// Looks at what holds, opens and closes alerts, says both, and tells the channels.
Result<AlertRound> tell_alerts(Session& session, const Workspace& workspace, Gateway& gateway);

}  // namespace apportion
