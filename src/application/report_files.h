/// Files of a customer's month, for whoever delivers them: what is to be made, and a seam to what makes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/ids.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

struct ReportFileRequest {
  Caller caller;  ///< Of the partner; the file has the customer's rows and view only.
  CustomerId customer;
  Month month = *Month::from_civil(1, 1);
  std::string format;          ///< `csv`, `csv.gz` or `parquet`
  std::string issuer;          ///< Name of the partner; empty: as the charges say.
  bool allow_unknown = false;  ///< Unknown costs are left empty; otherwise no FOCUS file is made.
};

struct WrittenReport {
  std::string name;                          ///< `focus-costs.csv.gz`, in the folder.
  std::optional<std::string> metadata = {};  ///< Name of what stands beside it.
  std::string content_type;
  std::int64_t rows = 0;
};

/// Writes the files into an empty folder. Errors: kFocusCostsUnknown; kInterrupted; those of queries and files.
using ReportFileWriter = std::function<Result<WrittenReport>(
    const Workspace& workspace, const ReportFileRequest& request, const std::filesystem::path& folder)>;

}  // namespace apportion
