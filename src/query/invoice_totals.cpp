#include "query/invoice_totals.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lake/snapshot.h"
#include "query/imported_invoices.h"
#include "query/invoice_charges.sql.h"

namespace apportion {
namespace {

using Sums = std::map<std::string, std::map<std::string, Decimal>>;  // by invoice and currency

Result<Sums> charges_by_invoice(LakeReader& reader, const ReadScope& scope) {
  ReadScope all_months = scope;
  all_months.month.reset();
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::take(reader.control_plane(), all_months));
  APPORTION_TRY(reader.open_relations(snapshot));
  Sums sums;
  APPORTION_TRY(reader.engine().query(sql::kInvoiceChargesSql, {}, [&](const EngineRow& row) {
    sums[std::string(row.text(0))][std::string(row.text(1))] = row.decimal(2);
    return ok();
  }));
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
std::optional<Decimal> sum_of(const Sums& sums, const EnteredInvoice& invoice, std::vector<std::string>& others) {
  const auto of_invoice = sums.find(invoice.number);
  if (of_invoice == sums.end()) return std::nullopt;
  const auto found = of_invoice->second.find(std::string(invoice.currency.code()));
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

InvoiceTotal total_of(const EnteredInvoice& invoice, const Sums& lines, const Sums& charges) {
  InvoiceTotal total{invoice, {}, {}, {}, {}};
  std::vector<std::string> others;
  total.lines = sum_of(lines, invoice, others);
  total.charges = sum_of(charges, invoice, others);
  if (total.lines) {
    total.difference = *total.lines - invoice.total;
    if (!total.difference->is_zero()) total.reason = "its lines come to another total";
  } else if (total.charges) {
    total.difference = *total.charges - invoice.total;
    if (!is_rounding(*total.difference, invoice.currency)) {
      total.reason = "its charges come to another total; its lines would say why";
    }
  } else if (!others.empty()) {
    total.reason = fmt::format("what is there of it is in {}", fmt::join(others, ", "));
  } else {
    total.reason = "no charge names it";
  }
  return total;
}

TableCell amount_cell(const std::optional<Decimal>& amount) { return amount ? TableCell(*amount) : TableCell(); }

}  // namespace

Result<std::vector<InvoiceTotal>> invoice_totals(LakeReader& reader, const ReadScope& scope,
                                                 const std::optional<std::string>& invoice,
                                                 std::span<const EnteredInvoice> entered) {
  APPORTION_TRY(require_partner(scope, "the totals of the partner's invoices"));
  std::vector<InvoiceTotal> totals;
  std::vector<EnteredInvoice> wanted;
  std::ranges::copy_if(entered, std::back_inserter(wanted), [&](const EnteredInvoice& one) {
    return scope.has_month(one.month) && (!invoice || one.number == *invoice);
  });
  if (wanted.empty()) return totals;
  APPORTION_ASSIGN(const Sums lines, lines_by_invoice(reader, scope));
  APPORTION_ASSIGN(const Sums charges, charges_by_invoice(reader, scope));
  for (const EnteredInvoice& one : wanted) totals.push_back(total_of(one, lines, charges));
  return totals;
}

Table invoice_totals_table(std::span<const InvoiceTotal> totals) {
  Table table;
  table.columns = {{"InvoiceId"},
                   {"BillingCurrency"},
                   {"Month"},
                   {"Total", TableKind::kMoney},
                   {"Lines", TableKind::kMoney, true},
                   {"Charges", TableKind::kMoney, true},
                   {"Difference", TableKind::kMoney, true},
                   {"Ties"},
                   {"Reason"}};
  for (const InvoiceTotal& one : totals) {
    table.rows.push_back({one.entered.number, std::string(one.entered.currency.code()), one.entered.month.to_string(),
                          one.entered.total, amount_cell(one.lines), amount_cell(one.charges),
                          amount_cell(one.difference), std::string(one.ties() ? "yes" : "no"),
                          one.ties() ? TableCell() : TableCell(one.reason)});
  }
  if (totals.empty()) table.notices.emplace_back("no invoice was entered");
  return table;
}

}  // namespace apportion
