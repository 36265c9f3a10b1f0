#include "query/invoiced_months.h"

#include <algorithm>
#include <set>
#include <utility>

#include "query/invoice_charges.h"
#include "query/invoice_proof.h"

namespace apportion {
namespace {

using InvoiceKey = std::pair<std::string, std::string>;  // number and currency

// Empty if a charge names no invoice, or there is none.
Result<std::set<InvoiceKey>> invoices_of(LakeReader& reader, ReadScope scope, const MonthOfConnection& month) {
  scope.connection = month.connection;
  scope.month = month.month;
  APPORTION_ASSIGN(const auto charges, charges_of_invoices(reader, scope));
  std::set<InvoiceKey> invoices;
  for (const InvoiceCharges& one : charges) {
    if (one.invoice.empty()) return std::set<InvoiceKey>();
    invoices.emplace(one.invoice, one.currency);
  }
  return invoices;
}

Result<std::set<InvoiceKey>> invoices_that_hold(LakeReader& reader, const ReadScope& scope,
                                                std::set<std::string> numbers, std::span<const StatedInvoice> stated,
                                                const Cancel& cancel) {
  const InvoicesToProve wanted{stated, std::move(numbers)};
  APPORTION_ASSIGN(const auto proofs, prove_invoices(reader, scope, wanted, cancel));
  std::set<InvoiceKey> held;
  for (const InvoiceProof& proof : proofs) {
    if (proof.holds()) held.emplace(proof.invoice, proof.currency);
  }
  return held;
}

}  // namespace

Result<std::vector<MonthOfConnection>> invoiced_months(LakeReader& reader, const ReadScope& scope,
                                                       std::span<const MonthOfConnection> months,
                                                       std::span<const StatedInvoice> stated, const Cancel& cancel) {
  APPORTION_TRY(require_partner(scope, "the months that are invoiced"));
  std::vector<std::pair<MonthOfConnection, std::set<InvoiceKey>>> billed;
  std::set<std::string> numbers;
  for (const MonthOfConnection& month : months) {
    APPORTION_ASSIGN(auto invoices, invoices_of(reader, scope, month));
    for (const auto& [number, currency] : invoices) numbers.insert(number);
    if (!invoices.empty()) billed.emplace_back(month, std::move(invoices));
  }
  std::vector<MonthOfConnection> invoiced;
  if (billed.empty()) return invoiced;
  APPORTION_ASSIGN(const auto held, invoices_that_hold(reader, scope, std::move(numbers), stated, cancel));
  for (const auto& [month, invoices] : billed) {
    if (std::ranges::includes(held, invoices)) invoiced.push_back(month);
  }
  return invoiced;
}

}  // namespace apportion
