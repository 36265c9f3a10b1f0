#include "application/webhook_sender.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>
#include <nlohmann/json.hpp>

#include "foundation/base/check.h"
#include "foundation/base/shown_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::uint64_t kAnswerBytesMax = 1 << 20;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// What a receiver answered; some repeat the path that they were asked for, which is the secret.
std::string shown_answer(const std::string& body, const std::string& url) {
  const auto path = url.find_first_of("/?#", url.find("://") + 3);
  if (path == std::string::npos || path + 1 == url.size()) return excerpt(body);
  const std::string secret = url.substr(path);
  std::string shown = body;
  for (auto place = shown.find(secret); place != std::string::npos; place = shown.find(secret, place)) {
    shown.replace(place, secret.size(), "REDACTED");
  }
  return excerpt(shown);
}

class WebhookSender final : public AlertSender {
 public:
  WebhookSender(WebhookSettings settings, HttpTransport& transport, std::function<UtcTime()> now, Cancel cancel)
      : settings_(std::move(settings)), transport_(&transport), now_(std::move(now)), cancel_(std::move(cancel)) {}

  Result<void> send(const AlertMessage& message) override {
    HttpRequest request;
    request.method = "POST";
    request.url = settings_.url;
    request.body = webhook_body(message);
    request.path_is_secret = true;
    request.answer_bytes_max = kAnswerBytesMax;
    const std::int64_t timestamp = now_().time_since_epoch().count();
    request.headers = {
        {"Content-Type", "application/json"},
        {"X-Apportion-Timestamp", std::to_string(timestamp)},
        {"X-Apportion-Signature", "sha256=" + webhook_signature(settings_.secret, timestamp, request.body)}};
    APPORTION_ASSIGN(const HttpResponse answer, transport_->send(request, cancel_));
    if (answer.ok()) return ok();
    return Error{ErrorId::kWebhookRefused, "the webhook did not accept the alert", origin_of(settings_.url),
                 fmt::format("it answered {}: {}", answer.status, shown_answer(answer.body, settings_.url)),
                 "see the receiver's log; the alert is sent again in the next round"};
  }

 private:
  WebhookSettings settings_;
  HttpTransport* transport_;
  std::function<UtcTime()> now_;
  Cancel cancel_;
};

}  // namespace

std::string webhook_signature(std::string_view secret, std::int64_t timestamp, std::string_view body) {
  APPORTION_CHECK(sodium_init() >= 0, "libsodium does not start");
  const std::string signed_text = fmt::format("{}.{}", timestamp, body);
  crypto_auth_hmacsha256_state state;
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> sum{};
  crypto_auth_hmacsha256_init(&state, bytes_of(secret), secret.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(signed_text), signed_text.size());
  crypto_auth_hmacsha256_final(&state, sum.data());
  sodium_memzero(&state, sizeof state);
  std::string hex;
  for (const unsigned char byte : sum) hex += fmt::format("{:02x}", byte);
  return hex;
}

std::string webhook_body(const AlertMessage& message) {
  const StoredAlert& alert = message.alert;
  nlohmann::ordered_json json = {{"event", message.opened ? "opened" : "closed"},
                                 {"alert", alert.id},
                                 {"kind", alert.kind},
                                 {"connection", alert.connection},
                                 {"text", without_secrets(alert.text)},
                                 {"opened_at", alert.opened_at}};
  if (alert.closed_at) json["closed_at"] = *alert.closed_at;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::unique_ptr<AlertSender> make_webhook_sender(WebhookSettings settings, HttpTransport& transport,
                                                 std::function<UtcTime()> now, Cancel cancel) {
  return std::make_unique<WebhookSender>(std::move(settings), transport, std::move(now), std::move(cancel));
}

}  // namespace apportion
