/// Reading bills of others: CSV files with any columns (bill_columns.h), of what customers cost by month, or of what a
/// distributor bills.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "pipeline/invoices/bill_columns.h"
#include "pipeline/invoices/invoice_file.h"

namespace apportion {

struct BillSource {
  InvoiceFile file;
  BillColumns columns;
  std::string name;            ///< Of the bill: files of one name and month take each other's place.
  std::optional<Month> month;  ///< Of all lines, where no column says it.
  InvoiceFileKind kind = InvoiceFileKind::kBill;
};

/// Whether the file has all columns that were named. Errors: nothing of it can be read.
Result<bool> has_columns_of_bill(const InvoiceFile& file, const BillColumns& columns);

/// Hands out every record in order, also those with a cell that cannot be read; its line has no day where its month
/// cannot. Of the texts of a line, CustomerId is the tenant, or else the customer as the bill names it; EntitlementId
/// the subscription, and ProductId the product; InvoiceNumber is the name of the bill with the month: `bill/2026-10`.
///
/// Errors: kFileColumnMissing (a column that was named is not there, or nothing is), kFileColumnRepeated, kFileRagged,
/// kMonthUnknown, and those of the reader, of gzip and of CSV.
Result<InvoiceFileFacts> read_bill_records(const BillSource& bill, const InvoiceRecordVisitor& visit);

/// The same, all or nothing: lines that cannot be read fail the file with kRowsRejected, which names the first ones.
Result<InvoiceFileFacts> read_bill(const BillSource& bill, const InvoiceRecordVisitor& visit);

/// The names of the columns of a CSV file, before anybody has said what they mean; empty where there are none. Errors:
/// those of the reader and of gzip.
Result<std::vector<std::string>> columns_of_bill(const InvoiceFile& file);

}  // namespace apportion
