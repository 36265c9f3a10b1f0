/// Invoice book: totals of Microsoft's invoices that somebody entered, for invoices without a file of their lines.
///
/// It has a handle of its own on the control plane, so that entering one waits for nothing that is computed. What
/// people change stands in the audit log. Not thread-safe; processes may use it at the same time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"
#include "store/people_book.h"

namespace apportion {

struct EnteredInvoice {
  std::string number;  ///< As Microsoft writes it: `G032299120`.
  Month month = *Month::from_civil(1, 1);
  Currency currency;
  Decimal total;  ///< Before tax.

  bool operator==(const EnteredInvoice&) const = default;
};

class InvoiceBook {
 public:
  static Result<InvoiceBook> open(const std::filesystem::path& control_plane_file, Clock clock);
  InvoiceBook(InvoiceBook&&) noexcept;
  InvoiceBook& operator=(InvoiceBook&&) noexcept;
  ~InvoiceBook();

  Result<std::vector<EnteredInvoice>> invoices() const;  ///< By month and number.
  /// Not an error if it is there, and the same. Errors: kInvoiceExists.
  Result<void> add(const EnteredInvoice& invoice, const Doer& doer);
  /// Errors: kNoSuchRecord.
  Result<void> remove(const std::string& number, const Doer& doer);

 private:
  class Database;
  explicit InvoiceBook(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace apportion
