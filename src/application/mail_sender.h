/// Alerts by e-mail, over SMTP. Encrypted (`smtps://`, or `smtp://` with STARTTLS required), except to this machine
/// itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "application/alerts.h"
#include "foundation/base/utc_time.h"

namespace apportion {

struct MailSettings {
  std::string server;  ///< `smtps://mail.example.com:465` or `smtp://mail.example.com:587`.
  std::string user;    ///< Empty: the server asks for no password.
  std::string password;
  std::string from;
  std::vector<std::string> to;
};

/// Checks what a person wrote: a server without a user in it, addresses without line ends. Errors:
/// kMailServerInvalid, kMailAddressInvalid, kMailRecipientMissing.
Result<void> check_mail_settings(const MailSettings& settings);

/// Whether a server may only be reached encrypted: all but those of this machine itself.
bool must_be_encrypted(const std::string& server);

/// The message as it is sent, with CRLF line ends: headers in ASCII, body as UTF-8 in base64.
std::string mail_text(const MailSettings& settings, const AlertMessage& message, UtcTime now);

/// A message to one person that is no alert.
struct Mail {
  std::string to;
  std::string subject;  ///< ASCII.
  std::string body;
};

/// By the server of these settings, whatever their recipients. Errors: as `check_mail_settings`; kMailNotSent.
Result<void> send_mail(MailSettings settings, const Mail& mail, UtcTime now);

std::unique_ptr<AlertSender> make_mail_sender(MailSettings settings, std::function<UtcTime()> now);

}  // namespace apportion
