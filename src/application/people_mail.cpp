#include "application/people_mail.h"

#include <fmt/format.h>

#include "application/alert_channels.h"
#include "application/mail_sender.h"

namespace apportion {

std::string mail_body(const IssuedLink& link, std::string_view page) {
  const bool is_reset = link.purpose == LinkPurpose::kReset;
  return fmt::format(
      "{}\n\n{}\n\nThe link works once, until {}.\n{}",
      is_reset
          ? "Somebody who manages users asked for a new password for you. Choose it here:"
          : fmt::format("You can sign in to the cost reports of Apportion as {}. Choose a password here:", link.user),
      url_of(link, page), link.ends_at,
      is_reset ? "If you did not ask for it, do nothing: your password stays as it is."
               : "If you did not expect this message, do nothing.");
}

Result<bool> mail_link(const Workspace& workspace, const Environment& environment, const IssuedLink& link,
                       std::string_view page, UtcTime now) {
  if (link.user.find('@') == std::string::npos) return false;
  APPORTION_ASSIGN(const auto settings, mail_settings_of(workspace, environment));
  if (!settings) return false;
  const std::string subject =
      link.purpose == LinkPurpose::kReset ? "[apportion] New password" : "[apportion] Invitation";
  APPORTION_TRY(send_mail(*settings, {{link.user}, subject, mail_body(link, page)}, now));
  return true;
}

}  // namespace apportion
