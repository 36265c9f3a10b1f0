/// A customer's month as a mail: its totals in the view that the customer has, how final they are, and a link to the
/// page, where people sign in. Nothing in it is secret, except where a file is attached.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "application/azure_sessions.h"
#include "application/mail_sender.h"
#include "application/report_files.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/ids.h"
#include "pipeline/publication/workspace.h"
#include "store/people_book.h"

namespace apportion {

inline constexpr std::int64_t kMailFileBytesMax = std::int64_t{10} << 20;

/// What sending needs from around the process.
struct MailWorld {
  Environment environment;                      ///< For the key of the mail server's password.
  std::function<std::int64_t()> epoch_seconds;  ///< Wall clock, UTC.
  ReportFileWriter write_file;
};

struct SendRequest {
  std::string customer;
  Month month = *Month::from_civil(1, 1);
  std::vector<std::string> to = {};  ///< None: the customer's people.
  bool attach_focus = false;         ///< With the customer's FOCUS file, as csv.gz.
  bool allow_unknown = false;        ///< Unknown costs are left empty in it; otherwise it is not sent.
  bool incomplete = false;           ///< Also a month that is not complete or has gaps.
  bool dry_run = false;              ///< Says what would be sent.
  std::string page = {};             ///< Where people reach the page; empty: as the brand says.
};

/// A mail that was sent, or would be.
struct MonthMail {
  std::string customer;
  Month month = *Month::from_civil(1, 1);
  std::string state;  ///< Of the month: `complete`, `locked`, …
  std::string link;   ///< Empty when nobody knows where the page is.
  Mail mail;
  bool sent = false;
};

/// The state of a month that may go to customers: complete or locked, nothing missing, and the proof holds. Errors:
/// kNoCharges; kMonthNotSendable, also `incomplete` if its proof does not hold.
struct SendableMonth {
  std::string state;
  std::string data_as_of;
};
Result<SendableMonth> check_sendable(const Workspace& workspace, Month month, bool incomplete);

/// Addresses of a customer's people: names of users that are addresses, without those that are disabled.
Result<std::vector<std::string>> addresses_of(const Workspace& workspace, const CustomerId& customer,
                                              const std::function<std::int64_t()>& epoch_seconds);

/// The mail without recipients and attachment. Errors: kNoSuchCustomer; those of queries.
Result<MonthMail> month_mail(const Caller& caller, const Workspace& workspace, const CustomerId& customer, Month month,
                             const SendableMonth& state, const std::string& page);

/// The content of a file that goes with a mail. Errors: kFileTooLarge; those of reading it.
Result<MailAttachment> attachment_of(const std::filesystem::path& folder, const WrittenReport& file,
                                     const CustomerId& customer, Month month);

/// Sends a mail by the server of the first channel for mail. Errors: kMailChannelMissing; those of sending.
Result<void> send_by_channel(const Workspace& workspace, const MailWorld& world, const Mail& mail);

/// Errors: kPartnerOnly; as above; kMailRecipientMissing; kMailAddressInvalid.
Result<MonthMail> send_month(const Caller& caller, const Workspace& workspace, const MailWorld& world,
                             const SendRequest& request, const Doer& doer);

}  // namespace apportion
