/// The file of a customer's month, as report subscriptions and mails carry it.
#pragma once

#include <string>

#include "application/report_files.h"

namespace apportion {

/// Makes `focus-costs.csv.gz` with `focus-costs.csv.gz.focus.json` beside it. `generator`: the program and its version.
ReportFileWriter report_file_writer(std::string generator);

}  // namespace apportion
