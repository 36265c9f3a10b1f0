/// Reading the files of Partner Center: CSV of the portal, or JSON lines of Microsoft Graph, either of them perhaps
/// compressed by gzip; with full or basic attributes, in any order and case of the columns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "foundation/base/byte_reader.h"
#include "foundation/base/result.h"
#include "pipeline/invoices/invoice_line.h"

namespace apportion {

struct InvoiceFile {
  std::string name;
  std::function<Result<std::unique_ptr<ByteReader>>()> open;  ///< May be called again and again.
};

struct InvoiceFileFacts {
  InvoiceFileKind kind = InvoiceFileKind::kReconciliation;
  bool has_meters = false;  ///< Whether lines name their meter.
  std::int64_t lines = 0;
};

std::string_view invoice_file_kind_name(InvoiceFileKind kind);  ///< `reconciliation`, `daily usage`

/// Hands out every line in order; digits after the 18th are rounded half to even. All or nothing: a line that cannot be
/// read fails the file, since a sum without it would be wrong.
///
/// Errors: kFileColumnMissing (no such file, or not all that is needed), kFileColumnRepeated, kFileRagged,
/// kRowsRejected (a cell that is not a number, day or currency), and those of the reader, of gzip and of CSV.
Result<InvoiceFileFacts> read_invoice_file(const InvoiceFile& file, const InvoiceLineVisitor& visit);

}  // namespace apportion
