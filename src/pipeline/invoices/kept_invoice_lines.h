/// Lines of invoices in the lake: how they are written when they are imported, and read again.
///
/// | column | is |
/// |---|---|
/// | `x_RowId` | the import and the number of the line in it |
/// | `x_SourceFile`, `x_SourceLine` | where the line was |
/// | `x_LineHash` | the same for lines whose cells are all equal |
/// | those of `kInvoiceTextColumns` | texts as in the file |
/// | `LineDay` | `UsageDate` of daily usage, `ChargeStartDate` of a reconciliation |
/// | `BillingCurrency`, `PreTaxTotal`, `TaxTotal` | what was billed |
/// | `EffectiveUnitPrice`, `Quantity`, `PCToBCExchangeRate` | what it was computed from; empty where it is unknown |
/// | `x_OtherColumns` | all other cells, as JSON |
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "lake/lake_reader.h"
#include "lake/waiting_values.h"
#include "pipeline/invoices/invoice_file.h"

namespace apportion {

/// The file of one import. Not thread-safe.
class InvoiceLinesWriter {
 public:
  /// Errors: the disk fails; as of all calls.
  static Result<InvoiceLinesWriter> create(ImportId import, const std::filesystem::path& path);

  /// A record without a fault.
  Result<void> add(const InvoiceRecord& record);
  Result<void> finish();
  std::int64_t rows() const { return rows_; }

 private:
  InvoiceLinesWriter(ImportId import, std::unique_ptr<ParquetWriter> writer)
      : import_(import), writer_(std::move(writer)), texts_(kInvoiceTextColumns.size()) {}
  Result<void> write_row_group();

  ImportId import_;
  std::unique_ptr<ParquetWriter> writer_;
  std::vector<std::int64_t> row_ids_;
  std::vector<std::int64_t> lines_;
  std::vector<std::int64_t> hashes_;
  WaitingTexts files_;
  std::vector<WaitingTexts> texts_;  // as kInvoiceTextColumns
  WaitingDays days_;
  WaitingTexts currencies_;
  WaitingDecimals amounts_;
  WaitingDecimals taxes_;
  WaitingDecimals unit_prices_;
  WaitingDecimals quantities_;
  WaitingDecimals exchange_rates_;
  WaitingTexts others_;
  std::int64_t rows_ = 0;
};

/// Hands out the lines of published files of one import, which must be of a kind, to the first visitor; their places
/// are their row ids. Errors: kLakeFileDamaged and kLakeFileRemoved; those of the engine and of the visitor.
Result<InvoiceFileFacts> read_kept_invoice_lines(LakeReader& reader, std::span<const LakeFile> files,
                                                 InvoiceFileKind kind, const InvoiceLineReading& reading);

}  // namespace apportion
