/// Microsoft's own lines of the invoices of a month, as Partner Center delivers them: a file of daily usage and one for
/// reconciliation for each invoice. They agree with the charges to the last digit, but for rounding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "foundation/base/result.h"
#include "sample/charges.h"
#include "sample/part_writer.h"
#include "sample/rows.h"

namespace apportion::sample {

class InvoiceFiles {
 public:
  /// Begins the files in `folder`, which is made. The texts must outlive this.
  static Result<InvoiceFiles> begin(const MonthTexts& texts, const std::filesystem::path& folder);

  /// Adds a charge of the actual file to the files of its invoice.
  Result<void> add(const Charge& charge, RowText& text);
  Result<void> finish();

 private:
  struct Invoice {
    std::unique_ptr<PartWriter> usage;
    std::unique_ptr<PartWriter> lines;
  };

  explicit InvoiceFiles(const MonthTexts& texts) : texts_(&texts) {}

  const MonthTexts* texts_;
  std::vector<Invoice> invoices_;  // by profile
  std::uint64_t rows_ = 0;
};

}  // namespace apportion::sample
