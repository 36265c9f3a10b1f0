/// Reading the files of Partner Center: CSV of the portal, or JSON lines of Microsoft Graph, either of them perhaps
/// compressed by gzip; with full or basic attributes, in any order and case of the columns.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/byte_reader.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
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

std::string_view invoice_file_kind_name(InvoiceFileKind kind);  ///< `reconciliation`, `daily usage`, …

Dataset dataset_of(InvoiceFileKind kind);  ///< That the lines of such files are imported as.
InvoiceFileKind kind_of(Dataset dataset);  ///< The other way, of a dataset with invoice lines.

/// The columns whose texts are kept as they are, by Microsoft's names.
inline constexpr auto kInvoiceTextColumns = std::to_array<std::string_view>(
    {"PartnerId", "InvoiceNumber", "CustomerId", "SubscriptionId", "EntitlementId", "ProductId", "SkuId", "MeterId",
     "ResourceURI", "ChargeType", "PublisherName", "ReservationOrderId", "CreditReasonCode", "TermAndBillingCycle"});

/// The texts of a line, in the order of `kInvoiceTextColumns`; empty where it has none.
using InvoiceTexts = std::array<std::string_view, kInvoiceTextColumns.size()>;

/// What of a record cannot be read.
struct InvoiceFault {
  std::string_view column;
  std::string value;
  std::string reason;
};

/// A record of a file, valid until the next one.
struct InvoiceRecord {
  InvoiceFileKind kind = InvoiceFileKind::kReconciliation;
  InvoiceLine line;                   ///< With a fault, its amounts and days count for nothing.
  std::optional<InvoiceFault> fault;  ///< The first one.
  InvoiceTexts texts;
  std::span<const std::string> names;  ///< Of all columns, as the file spells them.
  std::span<const std::string_view> cells;
  std::span<const std::size_t> others;  ///< Which columns are neither texts nor read into `line`.
};
using InvoiceRecordVisitor = std::function<Result<void>(const InvoiceRecord&)>;

/// Texts of a line as it shows them: `InvoiceLine` has views of them.
using ShownInvoiceTexts = std::array<std::string, kInvoiceTextColumns.size()>;

/// Fills in the texts of a line: ids in lower case, its subscription, its product. `texts` and `shown` must live as
/// long as they are used.
void show_invoice_texts(const InvoiceTexts& texts, InvoiceFileKind kind, ShownInvoiceTexts& shown, InvoiceLine& line);

/// Which of Microsoft's files it is, as its first line says; nothing for any other file. Errors: nothing of it can be
/// read.
Result<std::optional<InvoiceFileKind>> recognise_invoice_file(const InvoiceFile& file);

/// Hands out every record in order, also those with a cell that cannot be read. Errors: as `read_invoice_file`, but for
/// such cells. A record with another number of cells fails the file: it is half of one.
Result<InvoiceFileFacts> read_invoice_records(const InvoiceFile& file, const InvoiceRecordVisitor& visit);

/// Hands out every line in order; digits after the 18th are rounded half to even. All or nothing: a line that cannot be
/// read fails the file, since a sum without it would be wrong.
///
/// Errors: kFileColumnMissing (no such file, or not all that is needed), kFileColumnRepeated, kFileRagged,
/// kRowsRejected (a cell that is not a number, day or currency), and those of the reader, of gzip and of CSV.
Result<InvoiceFileFacts> read_invoice_file(const InvoiceFile& file, const InvoiceLineVisitor& visit);

/// How lines are read.
struct InvoiceLineReading {
  /// At least one. Each is called by one thread at a time, and all lines come to one of them, in no order.
  std::span<const InvoiceLineVisitor> visitors;
  /// If there are any, lines of other customers may be left out. In lower case.
  std::span<const std::string> customers = {};
};

/// As the other one, by as many threads as there are visitors. The error is that of the first line that cannot be read.
Result<InvoiceFileFacts> read_invoice_file(const InvoiceFile& file, const InvoiceLineReading& reading);

/// Lines that may be read again and again: of a file, or of an import.
struct InvoiceLines {
  std::string name;
  std::function<Result<InvoiceFileFacts>(const InvoiceLineReading&)> read;
  std::int64_t rejected = 0;  ///< Lines that belong to these and could not be read.
};

/// As `read_invoice_file`.
InvoiceLines lines_of_file(InvoiceFile file);

}  // namespace apportion
