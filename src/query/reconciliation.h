/// Reconciliation: the charges of invoices against Microsoft's own lines, and why they differ.
///
/// Both sides are added up by key: invoice, currency, customer's tenant, subscription and product; where the sums of a
/// key differ and the file has days, also by day, meter and resource. Subscriptions are compared with the Azure
/// subscription of daily usage, and with the product order of the reconciliation file. Nothing is matched by amount
/// alone: a class explains a difference only if it is exactly what the rows of that key give (docs/reconcile.md,
/// docs/adr/0057-reconciliation.md).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/money/currency.h"
#include "lake/lake_reader.h"
#include "pipeline/invoices/invoice_file.h"
#include "query/table.h"

namespace apportion {

enum class DifferenceClass {
  kEqual,
  kRounding,        ///< What Microsoft's rule takes from these lines, and rows of charges that adjust for it.
  kNotBilledYet,    ///< Charges without an invoice.
  kOtherInvoice,    ///< The other side has it on another invoice.
  kCredit,          ///< Credits and refunds that one side has.
  kPartnerCredit,   ///< One side is before partner earned credit.
  kTax,             ///< Tax that one side has.
  kCommitment,      ///< Reservations and savings plans, which daily usage does not contain.
  kSubscription,    ///< Seats and perpetual software.
  kMarketplace,     ///< Of other publishers.
  kExchangeRate,    ///< Two rates for the same amount in the pricing currency.
  kDoubledLines,    ///< Lines that are there twice, cell by cell.
  kDoubledCharges,  ///< Charges of the same resource, meter, day and cost.
  kMissingLines,    ///< Charges of a key of which there is no line.
  kMissingCharges,  ///< Lines of a key of which there is no charge.
  kSplitRule,       ///< Of a migration: a split rule assigns charges to another customer than their tenant's.
  kOtherCustomer,   ///< Of a migration: the other side has it at another customer.
  kUnknown,
};
/// For programs: `not-billed-yet`.
std::string_view difference_class_name(DifferenceClass why);
/// Nothing for a name that is none.
std::optional<DifferenceClass> difference_class_of(std::string_view name);

struct ReconciledKey {
  std::string invoice;  ///< Empty: not billed yet.
  std::string currency;
  std::string customer;      ///< The tenant.
  std::string subscription;  ///< Or product order.
  std::string product;
  std::string day;  ///< ISO; this and the next only where the sums of the key above differ.
  std::string meter;
  std::string resource;
};

/// A part of a difference. Amounts of a key with several parts are in the first one.
struct Difference {
  ReconciledKey key;
  DifferenceClass why = DifferenceClass::kEqual;
  std::optional<Decimal> charges;
  std::optional<Decimal> lines;
  Decimal amount;  ///< Charges less lines.
  Decimal bound;   ///< The most that the class can explain here; zero for what is unknown.
  std::int64_t charge_rows = 0;
  std::int64_t line_rows = 0;
  std::optional<std::int64_t> first_row;  ///< x_RowId of the first charge.
  std::string first_line;                 ///< `FILE:LINE`
  std::string other_invoice;              ///< Of kOtherInvoice.
  bool is_beside = false;                 ///< Tax of lines: no part of the amounts that are compared.
};

/// Sums of a class on an invoice.
struct DifferenceSum {
  std::string invoice;
  std::string currency;
  DifferenceClass why = DifferenceClass::kEqual;
  std::int64_t keys = 0;
  Decimal charges;
  Decimal lines;
  Decimal amount;
  Decimal bound;
  Decimal beside;  ///< What of the lines is no part of the amounts that are compared: their tax.
};

struct Reconciliation {
  std::vector<DifferenceSum> sums;      ///< By invoice, currency and class.
  std::vector<Difference> differences;  ///< By key; without what is equal.
  std::int64_t rejected_lines = 0;      ///< Lines of these invoices that could not be read: their amounts are unknown.

  bool holds() const;  ///< Whether nothing is unknown.
};

struct ReconcileRequest {
  std::vector<InvoiceLines> lines;     ///< Of one kind.
  std::optional<std::string> invoice;  ///< This one only.
  Cancel cancel = {};
  std::size_t threads = 1;  ///< Of reading lines.
};

/// For the partner. With a month in scope, both sides are restricted to it, and its charges without an invoice are
/// compared too.
///
/// Errors: kPartnerOnly, kMixedFileKinds, kRunOfAnotherScope (files of another partner), kNoSuchRecord (no line of that
/// month or invoice), kNoCharges, and those of reading the lines.
Result<Reconciliation> reconcile(LakeReader& reader, const ReadScope& scope, const ReconcileRequest& request);

Table reconciliation_sums_table(const Reconciliation& reconciliation);
Table reconciliation_rows_table(const Reconciliation& reconciliation);

}  // namespace apportion
