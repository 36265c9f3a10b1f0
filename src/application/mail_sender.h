/// Alerts by e-mail, over SMTP. Encrypted (`smtps://`, or `smtp://` with STARTTLS required), except to this machine
/// itself.
#pragma once

#include <functional>
#include <memory>
#include <optional>
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

/// A file that goes with a message.
struct MailAttachment {
  std::string name;  ///< ASCII.
  std::string content_type;
  std::string content;
};

/// A message that is no alert.
struct Mail {
  std::vector<std::string> to;
  std::string subject;  ///< UTF-8, on one line.
  std::string body;
  std::optional<MailAttachment> attachment = {};
};

/// A header's text as mail wants it: ASCII stays, anything else becomes encoded words of UTF-8 (RFC 2047). Line ends
/// and other controls become blanks.
std::string mail_header_text(std::string_view text);

/// Whether a text can be a recipient: `NAME@HOST`. Errors: kMailAddressInvalid.
Result<void> check_mail_address(std::string_view address);

/// The message as it is sent, with CRLF line ends.
std::string mail_text(const MailSettings& settings, const Mail& mail, UtcTime now);

/// By the server of these settings, whatever their recipients. Errors: as `check_mail_settings`; kMailNotSent.
Result<void> send_mail(MailSettings settings, const Mail& mail, UtcTime now);

std::unique_ptr<AlertSender> make_mail_sender(MailSettings settings, std::function<UtcTime()> now);

}  // namespace apportion
