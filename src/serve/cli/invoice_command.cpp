#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "application/invoices.h"
#include "foundation/money/money.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/month_scope.h"
#include "serve/format/invoice_document.h"

namespace apportion {
namespace {

struct InvoiceOptions {
  InvoiceEntry entry;
  std::optional<Month> month;
};

std::string in_words(const EnteredInvoice& invoice) {
  return fmt::format("invoice {} of {}: {} {}", invoice.number, invoice.month.to_string(),
                     shown_amount(invoice.total, invoice.currency), invoice.currency.code());
}

std::vector<TableCell> row_of(const EnteredInvoice& one) {
  return {
      one.number, one.month.to_string(), std::string(one.currency.code()), one.total, std::string("entered"), {}, {},
      {}};
}

std::vector<TableCell> row_of(const FetchedInvoice& one) {
  return {
      one.number,          one.month.to_string(), std::string(one.currency.code()), one.total, std::string("Microsoft"),
      text_cell(one.kind), text_cell(one.due_on), text_cell(one.credit_for)};
}

Result<ExitCode> run_list(Session& session, const InvoiceOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto invoices, list_invoices(session.caller(), workspace));
  if (session.json()) {
    session.console().print_json(invoices_json(invoices));
    return kExitDone;
  }
  Table table;
  table.columns = {{"InvoiceId"}, {"Month"}, {"BillingCurrency"}, {"Total", TableKind::kMoney}, {"Source"},
                   {"Kind"},      {"Due"},   {"CreditFor"}};
  for (const StatedInvoice& one : invoices) {
    if (one.entered) table.rows.push_back(row_of(*one.entered));
    if (one.fetched) table.rows.push_back(row_of(*one.fetched));
  }
  if (invoices.empty()) {
    table.notices.emplace_back(
        "no invoice was entered or fetched; apportion imports list shows those whose lines were imported");
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_add(Session& session, const InvoiceOptions& options) {
  InvoiceEntry entry = options.entry;
  entry.month = *options.month;
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const EnteredInvoice added,
                   add_invoice(session.caller(), workspace, entry, {session.caller().actor}));
  session.console().say(in_words(added));
  if (session.json()) session.console().print_json({{"invoice", invoice_json(added)}});
  return kExitDone;
}

Result<ExitCode> run_remove(Session& session, const InvoiceOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_TRY(remove_invoice(session.caller(), workspace, options.entry.number, {session.caller().actor}));
  session.console().say(fmt::format("removed invoice {}", options.entry.number));
  if (session.json()) session.console().print_json({{"removed", options.entry.number}});
  return kExitDone;
}

}  // namespace

void add_invoice_command(Command app, Action& action) {
  Command group = add_group(app, "invoice", "Totals of invoices, for `reconcile` and `prove` to compare with");
  auto options = std::make_shared<InvoiceOptions>();
  Command add = add_command(group, "add", "Enter the number and total of an invoice whose lines are not imported",
                            "  apportion invoice add G032299120 --month 2026-10 --currency GBP --total 41404.42");
  add.add_option("NUMBER", options->entry.number, "Number of the invoice").required();
  add.add_option("--total", options->entry.total, "Its total before tax").required().type_name("AMOUNT");
  add.add_option("--currency", options->entry.currency, "Currency that it is in").required().type_name("CODE");
  add_month_option(add, options->month, "Month that it bills").required();
  on_chosen(add, action, options, run_add);

  Command list = add_command(group, "list", "List the invoices that were entered, or fetched from Microsoft",
                             "  apportion invoice list");
  on_chosen(list, action, options, run_list);

  Command remove =
      add_command(group, "remove", "Remove an invoice that was entered", "  apportion invoice remove G032299120");
  remove.add_option("NUMBER", options->entry.number, "Number of the invoice").required();
  on_chosen(remove, action, options, run_remove);
}

}  // namespace apportion
