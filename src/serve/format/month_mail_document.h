/// Shows a mail of a customer's month as a JSON document for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "application/month_mail.h"

namespace apportion {

/// Without the content of the file that goes with it.
nlohmann::ordered_json month_mail_json(const MonthMail& mail);

}  // namespace apportion
