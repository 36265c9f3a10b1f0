/// Lines of invoices in files of Partner Center, by their paths on this machine.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "pipeline/invoices/bill_columns.h"
#include "pipeline/invoices/invoice_file.h"

namespace apportion {

/// One for each path. Whether a file can be read shows when it is opened. Errors: kExportsFolderMissing, when its
/// folder does not exist.
Result<std::vector<InvoiceLines>> invoice_files(std::span<const std::filesystem::path> paths);

/// What the columns of a bill of a kind mean, as `customer=COLUMN,cost=COLUMN`, or in a YAML file of this path. Errors:
/// kBillColumnsInvalid, and those of reading the file.
Result<BillColumns> bill_columns_of(const std::string& text_or_file, InvoiceFileKind kind);

}  // namespace apportion
