/// Alerts to a webhook: a JSON document by POST, signed, so that the receiver knows who sent it and when.
///
/// Headers: `X-Apportion-Timestamp` (seconds since 1970, UTC) and `X-Apportion-Signature`, `sha256=` and the
/// HMAC-SHA256 (lower case hex) of the timestamp, a point and the body, with the channel's secret as the key.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "application/alerts.h"
#include "azure/http.h"
#include "foundation/base/cancel.h"
#include "foundation/base/utc_time.h"

namespace apportion {

struct WebhookSettings {
  std::string url;  ///< https, or http to this machine itself.
  std::string secret;
};

/// The signature of a body at a time, without `sha256=`.
std::string webhook_signature(std::string_view secret, std::int64_t timestamp, std::string_view body);

/// The document: `{"event": "opened", "alert": 7, "kind", "connection", "text", "opened_at", "closed_at"}`.
std::string webhook_body(const AlertMessage& message);

/// `transport` must outlive the sender.
std::unique_ptr<AlertSender> make_webhook_sender(WebhookSettings settings, HttpTransport& transport,
                                                 std::function<UtcTime()> now, Cancel cancel);

}  // namespace apportion
