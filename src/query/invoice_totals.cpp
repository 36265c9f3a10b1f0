#include "query/invoice_totals.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "query/imported_invoices.h"
#include "query/invoice_charges.h"

namespace apportion {
namespace {

using Sums = std::map<std::string, std::map<std::string, Decimal>>;  // by invoice and currency

// Of all months, whichever is in scope.
ReadScope of_all_months(ReadScope scope) {
  scope.month.reset();
  return scope;
}

Result<Sums> charges_by_invoice(LakeReader& reader, const ReadScope& scope) {
  APPORTION_ASSIGN(const auto charges, charges_of_invoices(reader, scope));
  Sums sums;
  for (const InvoiceCharges& one : charges) {
    if (!one.invoice.empty()) sums[one.invoice][one.currency] = one.charges;
  }
  return sums;
}

// What was read of the lines of reconciliations, where all of them could be read.
Result<Sums> lines_by_invoice(const LakeReader& reader, const ReadScope& scope) {
  APPORTION_ASSIGN(const auto imports, imports_of_invoices(reader.control_plane(), scope, {}));
  Sums sums;
  for (const Import& import : imports) {
    if (import.dataset != Dataset::kInvoiceReconciliation || import.rows_rejected > 0) continue;
    for (const ImportTotal& total : import.totals) {
      sums[import.run_id][std::string(total.currency.code())] += total.billed;
    }
  }
  return sums;
}

// The sum of an invoice in its currency. `others` gets the currencies that it is in instead.
std::optional<Decimal> sum_of(const Sums& sums, const InvoiceTotal& total, std::vector<std::string>& others) {
  const auto of_invoice = sums.find(total.invoice);
  if (of_invoice == sums.end()) return std::nullopt;
  const auto found = of_invoice->second.find(std::string(total.currency.code()));
  if (found != of_invoice->second.end()) return found->second;
  std::ranges::transform(of_invoice->second, std::back_inserter(others), [](const auto& sum) { return sum.first; });
  return std::nullopt;
}

bool is_rounding(Decimal difference, Currency currency) {
  const Decimal size = difference.is_negative() ? difference.negated() : difference;
  Int128 minor_units = 2;
  const auto digits = currency.minor_digits();
  if (!digits) return difference.is_zero();
  for (int digit = 0; digit < *digits; ++digit) minor_units *= 10;
  return size.units() * minor_units <= Decimal::from_integer(1).units();
}

InvoiceTotal as_stated(const StatedInvoice& stated) {
  const auto& [number, entered, fetched] = stated;
  InvoiceTotal total{number,
                     fetched ? fetched->month : entered->month,
                     fetched ? fetched->currency : entered->currency,
                     fetched ? fetched->total : entered->total,
                     {},
                     {},
                     {},
                     {}};
  if (!fetched || !entered) return total;
  if (fetched->is_void()) {
    total.reason = "Microsoft has cancelled it";
  } else if (fetched->total != entered->total || fetched->currency != entered->currency) {
    total.total.reset();
    total.reason = fmt::format("{} {} was entered, and Microsoft says {} {}", entered->total.to_string(),
                               entered->currency.code(), fetched->total.to_string(), fetched->currency.code());
  }
  return total;
}

InvoiceTotal total_of(const StatedInvoice& stated, const Sums& lines, const Sums& charges) {
  InvoiceTotal total = as_stated(stated);
  std::vector<std::string> others;
  total.lines = sum_of(lines, total, others);
  total.charges = sum_of(charges, total, others);
  if (!total.ties()) return total;
  if (total.lines) {
    total.difference = *total.lines - *total.total;
    if (!total.difference->is_zero()) total.reason = "its lines come to another total";
  } else if (total.charges) {
    total.difference = *total.charges - *total.total;
    if (!is_rounding(*total.difference, total.currency)) {
      total.reason = "its charges come to another total; its lines would say why";
    }
  } else if (!others.empty()) {
    total.reason = fmt::format("what is there of it is in {}", fmt::join(others, ", "));
  } else {
    total.reason = "no charge names it";
  }
  return total;
}

bool is_in_scope(const StatedInvoice& stated, const ReadScope& scope) {
  return (stated.entered && scope.has_month(stated.entered->month)) ||
         (stated.fetched && scope.has_month(stated.fetched->month));
}

}  // namespace

Result<std::vector<InvoiceTotal>> invoice_totals(LakeReader& reader, const ReadScope& scope,
                                                 const std::optional<std::string>& invoice,
                                                 std::span<const StatedInvoice> stated) {
  APPORTION_TRY(require_partner(scope, "the totals of the partner's invoices"));
  std::vector<InvoiceTotal> totals;
  std::vector<StatedInvoice> wanted;
  std::ranges::copy_if(stated, std::back_inserter(wanted), [&](const StatedInvoice& one) {
    return is_in_scope(one, scope) && (!invoice || one.number == *invoice);
  });
  if (wanted.empty()) return totals;
  APPORTION_ASSIGN(const Sums lines, lines_by_invoice(reader, scope));
  APPORTION_ASSIGN(const Sums charges, charges_by_invoice(reader, of_all_months(scope)));
  for (const StatedInvoice& one : wanted) totals.push_back(total_of(one, lines, charges));
  return totals;
}

Table invoice_totals_table(std::span<const InvoiceTotal> totals) {
  Table table;
  table.columns = {{"InvoiceId"},
                   {"BillingCurrency"},
                   {"Month"},
                   {"Total", TableKind::kMoney, true},
                   {"Lines", TableKind::kMoney, true},
                   {"Charges", TableKind::kMoney, true},
                   {"Difference", TableKind::kMoney, true},
                   {"Ties"},
                   {"Reason"}};
  for (const InvoiceTotal& one : totals) {
    table.rows.push_back({one.invoice, std::string(one.currency.code()), one.month.to_string(),
                          optional_cell(one.total), optional_cell(one.lines), optional_cell(one.charges),
                          optional_cell(one.difference), std::string(one.ties() ? "yes" : "no"),
                          one.ties() ? TableCell() : TableCell(one.reason)});
  }
  if (totals.empty()) table.notices.emplace_back("no invoice was entered or fetched");
  return table;
}

}  // namespace apportion
