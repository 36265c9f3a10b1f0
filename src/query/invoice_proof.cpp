#include "query/invoice_proof.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "query/imported_invoices.h"
#include "query/invoice_totals.h"
#include "query/reconciliation.h"

namespace apportion {
namespace {

using Key = std::pair<std::string, std::string>;  // invoice and currency

// Reasons that say what is wrong.
constexpr auto kFaults =
    std::to_array<DifferenceClass>({DifferenceClass::kDoubledLines, DifferenceClass::kDoubledCharges,
                                    DifferenceClass::kMissingLines, DifferenceClass::kMissingCharges});

class InvoiceProver {
 public:
  InvoiceProver(LakeReader& reader, const ReadScope& scope, const InvoicesToProve& wanted, const Cancel& cancel)
      : reader_(reader), scope_(scope), wanted_(wanted), cancel_(cancel) {}

  Result<ComparedInvoices> compare(std::optional<InvoiceFileKind> only) {
    APPORTION_ASSIGN(const auto imports, imports_of_invoices(reader_.control_plane(), scope_, {}));
    for (const InvoiceFileKind kind : {InvoiceFileKind::kReconciliation, InvoiceFileKind::kDailyUsage}) {
      if (only && *only != kind) continue;
      std::vector<Import> of_kind;
      std::ranges::copy_if(imports, std::back_inserter(of_kind), [&](const Import& import) {
        const bool is_compared = invoices_.contains(import.run_id);
        return kind_of(import.dataset) == kind && scope_.has_month(import.month) && wants(import.run_id) &&
               !is_compared;
      });
      APPORTION_TRY(compare(of_kind, kind));
    }
    if (!only) APPORTION_TRY(compare_totals());
    note_imports(imports);
    for (auto& [key, proof] : proofs_) compared_.invoices.push_back(std::move(proof));
    return std::move(compared_);
  }

 private:
  bool wants(const std::string& invoice) const { return !wanted_.only || wanted_.only->contains(invoice); }

  // Whether an error tells of the invoice, and not of what is asked.
  static bool is_of_invoice(const Error& error) {
    return error.id == ErrorId::kNoCharges || error.id == ErrorId::kRunOfAnotherScope;
  }

  Result<void> compare(const std::vector<Import>& imports, InvoiceFileKind kind) {
    if (imports.empty()) return ok();
    for (const Import& import : imports) invoices_.insert(import.run_id);
    ReconcileRequest request{{}, {}, cancel_};
    APPORTION_ASSIGN(request.lines, lines_of_imports(reader_, scope_, imports));
    auto found = reconcile(reader_, scope_of(imports), request);
    if (!found && !is_of_invoice(found.error())) return found.error();
    for (const Import& import : imports) add_import(import, kind, found ? std::string() : found.error().message());
    if (!found) return ok();
    for (const DifferenceSum& sum : found->sums) add_sum(sum, kind);
    compared_.reconciliations.push_back(*std::move(found));
    return ok();
  }

  // An invoice is compared as a whole, whatever months its lines are of.
  ReadScope scope_of(const std::vector<Import>& imports) const {
    ReadScope scope = scope_;
    scope.month.reset();
    for (const Import& import : imports) {
      const Month first = std::min(import.month, Month::of(import.first_day));
      const Month last = std::max(import.month, Month::of(import.last_day));
      scope.first_month = std::min(scope.first_month.value_or(first), first);
      scope.last_month = std::max(scope.last_month.value_or(last), last);
    }
    return scope;
  }

  InvoiceProof& proof_of(const Key& key, std::string_view compared_with) {
    InvoiceProof& proof = proofs_[key];
    if (!proof.invoice.empty()) return proof;
    std::tie(proof.invoice, proof.currency) = key;
    proof.compared_with = compared_with;
    return proof;
  }

  void add_import(const Import& import, InvoiceFileKind kind, const std::string& reason) {
    for (const ImportTotal& total : import.totals) {
      InvoiceProof& proof = proof_of({import.run_id, std::string(total.currency.code())}, invoice_file_kind_name(kind));
      proof.month = import.month;
      if (import.rows_rejected > 0) {
        proof.reasons.push_back(fmt::format("{} could not be read", count_of(import.rows_rejected, "line")));
      }
      if (!reason.empty()) proof.reasons.push_back(reason);
    }
  }

  void add_sum(const DifferenceSum& sum, InvoiceFileKind kind) {
    if (sum.invoice.empty()) return;  // not billed yet
    InvoiceProof& proof = proof_of({sum.invoice, sum.currency}, invoice_file_kind_name(kind));
    proof.charges = proof.charges.value_or(Decimal()) + sum.charges;
    proof.lines = proof.lines.value_or(Decimal()) + sum.lines - sum.beside;
    proof.difference = proof.difference.value_or(Decimal()) + sum.amount + sum.beside;
    proof.classes.push_back(sum);
    if (sum.why == DifferenceClass::kUnknown) {
      proof.reasons.push_back(fmt::format("no reason explains {} of the difference", sum.amount.to_string()));
    } else if (std::ranges::find(kFaults, sum.why) != kFaults.end()) {
      proof.reasons.push_back(fmt::format("{}: {}", difference_class_name(sum.why), sum.amount.to_string()));
    }
  }

  Result<void> compare_totals() {
    std::vector<StatedInvoice> stated;
    std::ranges::copy_if(wanted_.stated, std::back_inserter(stated),
                         [&](const StatedInvoice& one) { return wants(one.number); });
    APPORTION_ASSIGN(const auto totals, invoice_totals(reader_, scope_, {}, stated));
    for (const InvoiceTotal& one : totals) {
      InvoiceProof& proof = proof_of({one.invoice, std::string(one.currency.code())}, "total");
      proof.total = one.total;
      if (!proof.month) proof.month = one.month;
      if (proof.compared_with == "total") {
        proof.charges = one.charges;
        proof.difference = one.difference;
      }
      if (!one.ties()) proof.reasons.push_back(one.reason);
    }
    return ok();
  }

  void note_imports(const std::vector<Import>& imports) {
    for (const Import& import : imports) {
      for (auto& [key, proof] : proofs_) {
        if (key.first != import.run_id) continue;
        proof.imports.push_back({import.id, import.dataset, import.rows_stored, import.rows_rejected});
      }
    }
  }

  LakeReader& reader_;
  const ReadScope& scope_;
  const InvoicesToProve& wanted_;
  const Cancel& cancel_;
  ComparedInvoices compared_;
  std::set<std::string> invoices_;  // whose lines are compared
  std::map<Key, InvoiceProof> proofs_;
};

}  // namespace

Result<ComparedInvoices> compare_invoices(LakeReader& reader, const ReadScope& scope, const InvoicesToProve& invoices,
                                          std::optional<InvoiceFileKind> kind, const Cancel& cancel) {
  APPORTION_TRY(require_partner(scope, "the proof of the partner's invoices"));
  return InvoiceProver(reader, scope, invoices, cancel).compare(kind);
}

Result<std::vector<InvoiceProof>> prove_invoices(LakeReader& reader, const ReadScope& scope,
                                                 const InvoicesToProve& invoices, const Cancel& cancel) {
  APPORTION_ASSIGN(ComparedInvoices compared, compare_invoices(reader, scope, invoices, {}, cancel));
  return std::move(compared.invoices);
}

}  // namespace apportion
