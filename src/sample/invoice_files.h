/// Microsoft's own lines of the invoices of a month, as Partner Center delivers them: a file of daily usage and one for
/// reconciliation for each invoice. They agree with the charges to the last digit, but for rounding; on request, each
/// has one difference of each class, and a file says which.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "sample/charges.h"
#include "sample/part_writer.h"
#include "sample/planted_differences.h"
#include "sample/rows.h"

namespace apportion::sample {

class InvoiceFiles {
 public:
  /// Begins the files in `folder`, which is made. The texts must outlive this.
  static Result<InvoiceFiles> begin(const MonthTexts& texts, const std::filesystem::path& folder,
                                    bool plants_differences);

  /// Adds a charge of the actual file to the files of its invoice.
  Result<void> add(const Charge& charge, RowText& text);

  /// With planted differences, `expected` is written: what a reconciliation must find, class by class.
  Result<void> finish(const std::filesystem::path& expected);

 private:
  struct File {
    std::unique_ptr<PartWriter> writer;
    Planting planting;
    ExpectedDifferences expected;
    std::string changed;  ///< What the line with another amount is about.
  };
  struct Invoice {
    File usage;
    File lines;
  };
  struct Line;  // of either file

  InvoiceFiles(const MonthTexts& texts, bool plants_differences)
      : texts_(&texts), plants_differences_(plants_differences) {}

  Line begin_line(const Charge& charge, std::string_view subscription, File& file, RowText& text) const;
  void expect_outside_usage(const Charge& charge, File& usage, RowText& text) const;
  Result<void> add_usage(const Charge& charge, RowText& text);
  Result<void> add_line(const Charge& charge, RowText& text);
  Result<void> write(File& file, Line line) const;
  Result<void> add_line_without_charges(std::size_t profile);

  const MonthTexts* texts_;
  bool plants_differences_;
  std::vector<Invoice> invoices_;  // by profile
  std::uint64_t rows_ = 0;
};

}  // namespace apportion::sample
