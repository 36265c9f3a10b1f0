#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "application/invoices.h"
#include "query/difference_rows.h"
#include "query/months_in_scope.h"
#include "serve/api/operations_internal.h"
#include "serve/api/remembered_answers.h"
#include "serve/api/resource.h"
#include "serve/format/invoice_document.h"
#include "serve/format/table_formats.h"
#include "serve/format/text_file.h"

namespace apportion {
namespace {

constexpr int kCreated = 201;
constexpr int kNoContent = 204;

std::optional<InvoiceFileKind> kind_of_query(const ApiCall& call) {
  const auto name = call.query_value("dataset");
  const auto dataset = name ? parse_dataset(*name) : std::nullopt;
  return dataset ? std::optional(kind_of(*dataset)) : std::nullopt;
}

Result<InvoicesOfScope> worked_out(const ApiCall& call, const Workspace& workspace, const ReadScope& scope,
                                   std::optional<InvoiceFileKind> kind) {
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  return compared_invoices(call.caller, workspace, reading.lake(), scope, kind);
}

// All lines of the months are read once: the list of invoices, sums by class and each page of rows are made of it.
Result<RememberedInvoices::Answer> invoices_of(const ApiCall& call, const Workspace& workspace) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  const auto kind = kind_of_query(call);
  const std::string asked = fmt::format("{} {}", scope.key_of_months(), kind ? invoice_file_kind_name(*kind) : "");
  const RememberedQuestion question{"invoices", call.caller, "", asked};
  return call.service.remembered_invoices().of(
      question.key(), [&workspace] { return content_state(workspace); },
      [&] { return worked_out(call, workspace, scope, kind); });
}

Result<ApiAnswer> list_compared_invoices(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto invoices, invoices_of(call, *workspace));
  return document_answer(compared_invoices_json(*invoices));
}

DifferenceFilter filter_of(const ApiCall& call) {
  const auto why = call.query_value("class");
  return {
      call.query_value("invoice"),  call.query_value("currency"),     why ? difference_class_of(*why) : std::nullopt,
      call.query_value("customer"), call.query_value("subscription"), call.query_value("product")};
}

// The sums of an invoice, if one is named.
Table sums_of(const InvoicesOfScope& invoices, const std::optional<std::string>& invoice) {
  Reconciliation all;
  for (const InvoiceProof& one : invoices.compared.invoices) {
    if (invoice && one.invoice != *invoice) continue;
    all.sums.insert(all.sums.end(), one.classes.begin(), one.classes.end());
  }
  return reconciliation_sums_table(all);
}

// What was found by rows, or added up by places.
Table differences_of(const ApiCall& call, const InvoicesOfScope& invoices) {
  const DifferenceFilter filter = filter_of(call);
  std::vector<const Difference*> chosen;
  for (const Reconciliation& one : invoices.compared.reconciliations) {
    const auto of_kind = chosen_differences(one, filter);
    chosen.insert(chosen.end(), of_kind.begin(), of_kind.end());
  }
  std::vector<DifferencePlace> by;
  for (const std::string& name : call.query_list("by")) {
    const auto place = difference_place_of(name);
    const bool is_new = place && std::ranges::find(by, *place) == by.end();
    if (is_new) by.push_back(*place);
  }
  return by.empty() ? difference_rows_table(chosen) : difference_sums_table(chosen, by);
}

Result<ApiAnswer> reconcile_invoices(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto invoices, invoices_of(call, *workspace));
  return document_answer(table_document(sums_of(*invoices, call.query_value("invoice"))));
}

Result<ApiAnswer> list_differences(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto invoices, invoices_of(call, *workspace));
  return table_page_answer(call, differences_of(call, *invoices));
}

Result<ApiAnswer> download_reconciliation(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto invoices, invoices_of(call, *workspace));
  const auto invoice = call.query_value("invoice");
  const std::string format = call.query_value("format").value_or("csv");
  Table table = call.query_flag("rows") ? differences_of(call, *invoices) : sums_of(*invoices, invoice);
  const std::string what = fmt::format("reconciliation{}{}", invoice ? "-" : "", invoice.value_or(""));
  std::string months = months_in_words(scope);
  table.title = {fmt::format("Charges less Microsoft's lines, {}", months)};
  std::ranges::replace(months, ' ', '-');
  const std::string name = fmt::format("{}-{}.{}", what, months, format);
  APPORTION_TRY(audit_download(call, name));
  const bool is_workbook = format == "xlsx";
  const auto mode = call.query_flag("exact") ? CsvText::kExact : CsvText::kDefused;
  return file_answer(
      *workspace, name, is_workbook ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv",
      [&](const std::filesystem::path& path) -> Result<void> {
        if (is_workbook) return write_xlsx(table, path);
        return write_text_file(path, format, [&](std::ostream& out) { return write_csv(table, mode, out); });
      });
}

Result<ApiAnswer> enter_invoice(ApiCall& call) {
  APPORTION_ASSIGN(const auto month, month_field(call.body, "month"));
  const InvoiceEntry entry{*text_field(call.body, "invoice"), *text_field(call.body, "total"),
                           *text_field(call.body, "currency"), *month};
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const EnteredInvoice added, add_invoice(call.caller, *workspace, entry, call.who.doer()));
  ApiAnswer answer;
  answer.status = kCreated;
  answer.body = invoice_json(added);
  return answer;
}

Result<ApiAnswer> remove_entered_invoice(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(remove_invoice(call.caller, *workspace, call.path("invoice"), call.who.doer()));
  ApiAnswer answer;
  answer.status = kNoContent;
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listInvoices", Right::kReadPartnerCosts, Effect::kReads, &list_compared_invoices},
    {"addInvoice", Right::kManageInvoices, Effect::kCreates, &enter_invoice},
    {"removeInvoice", Right::kManageInvoices, Effect::kChanges, &remove_entered_invoice},
    {"reconcileInvoices", Right::kReadPartnerCosts, Effect::kReads, &reconcile_invoices},
    {"listDifferences", Right::kReadPartnerCosts, Effect::kReads, &list_differences},
    {"downloadReconciliation", Right::kReadPartnerCosts, Effect::kReads, &download_reconciliation},
});

}  // namespace

std::span<const Operation> invoice_operations() { return kOperations; }

}  // namespace apportion
