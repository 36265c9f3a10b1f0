/// Lines of invoices in files of Partner Center, by their paths on this machine.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "foundation/base/result.h"
#include "pipeline/invoices/invoice_file.h"

namespace apportion {

/// One for each path. Whether a file can be read shows when it is opened. Errors: kExportsFolderMissing, when its
/// folder does not exist.
Result<std::vector<InvoiceLines>> invoice_files(std::span<const std::filesystem::path> paths);

}  // namespace apportion
