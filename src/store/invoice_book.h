/// Invoice book: totals of Microsoft's invoices, as somebody entered them and as Microsoft's Billing API lists them.
///
/// It has a handle of its own on the control plane, so that entering one waits for nothing that is computed. What
/// people change stands in the audit log. Not thread-safe; processes may use it at the same time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
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

/// An invoice as the Billing API lists it.
struct FetchedInvoice {
  std::string number;
  Month month = *Month::from_civil(1, 1);
  Currency currency;
  Decimal total;           ///< Before tax.
  std::string kind;        ///< `Invoice`, `CreditNote`, …, as Azure writes it.
  std::string status;      ///< `Due`, `OverDue`, `Paid`, `Void`.
  std::string due_on;      ///< A day; empty if it does not say.
  std::string credit_for;  ///< Of a credit note: the invoice that it cancels.

  /// Whether it was cancelled: then it bills nothing.
  bool is_void() const { return status == "Void"; }
  bool operator==(const FetchedInvoice&) const = default;
};

/// What is stated of an invoice: by a person, by Microsoft, or by both.
struct StatedInvoice {
  std::string number;
  std::optional<EnteredInvoice> entered;
  std::optional<FetchedInvoice> fetched;
};

class InvoiceBook {
 public:
  static Result<InvoiceBook> open(const std::filesystem::path& control_plane_file, Clock clock);
  InvoiceBook(InvoiceBook&&) noexcept;
  InvoiceBook& operator=(InvoiceBook&&) noexcept;
  ~InvoiceBook();

  Result<std::vector<EnteredInvoice>> invoices() const;  ///< By month and number.
  Result<std::vector<FetchedInvoice>> fetched() const;   ///< The same.
  /// Both in one, by number; without invoices that were cancelled, unless somebody entered them.
  Result<std::vector<StatedInvoice>> stated() const;
  /// Puts what the Billing API lists in place of what it listed before of the same invoices.
  Result<void> put_fetched(ConnectionId connection, const std::vector<FetchedInvoice>& invoices);
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
