/// What commands that deliver reports need from around the process. Internal to `cli`.
#pragma once

#include "application/month_mail.h"
#include "application/report_deliveries.h"
#include "serve/cli/session.h"

namespace apportion {

/// The mail server's key, the clock, and files in the name of this program.
MailWorld mail_world(const Session& session);

/// What was delivered, a line each, and what failed.
void say_report_round(Console& console, const ReportRound& round);

}  // namespace apportion
