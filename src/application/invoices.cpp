#include "application/invoices.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "application/partner_only.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kNumberBytesMax = 64;

Result<InvoiceBook> open_book(const Workspace& workspace) {
  return InvoiceBook::open(workspace.home.control_plane_file(), workspace.clock);
}

Error invalid(std::string_view field, const std::string& value, std::string why, std::string next) {
  return {ErrorId::kFieldInvalid, "the invoice cannot be entered", fmt::format("{} `{}`", field, excerpt(value)),
          std::move(why), std::move(next)};
}

Result<std::string> number_of(const std::string& text) {
  const std::string number(trim(text));
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
  };
  if (!number.empty() && number.size() <= kNumberBytesMax && std::ranges::all_of(number, is_plain)) return number;
  return invalid("number", text, "an invoice number has letters, digits and hyphens only",
                 "write it as it is on the invoice, for example G032299120");
}

}  // namespace

Result<std::vector<StatedInvoice>> list_invoices(const Caller& caller, const Workspace& workspace) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const InvoiceBook book, open_book(workspace));
  return book.stated();
}

Result<Proof> prove_with_invoices(const Caller& caller, const Workspace& workspace, LakeReader& reader,
                                  const ReadScope& scope) {
  APPORTION_ASSIGN(Proof proof, prove(reader, scope, workspace.clock.today()));
  if (!proof.control_plane_is_sound) return proof;
  APPORTION_ASSIGN(const auto stated, list_invoices(caller, workspace));
  APPORTION_ASSIGN(proof.invoices, prove_invoices(reader, scope, {stated}, workspace.cancel));
  return proof;
}

Result<InvoicesOfScope> compared_invoices(const Caller& caller, const Workspace& workspace, LakeReader& reader,
                                          const ReadScope& scope, std::optional<InvoiceFileKind> kind) {
  APPORTION_ASSIGN(const auto stated, list_invoices(caller, workspace));
  InvoicesOfScope found;
  APPORTION_ASSIGN(found.compared, compare_invoices(reader, scope, {stated}, kind, workspace.cancel));
  APPORTION_ASSIGN(found.others, charges_of_invoices(reader, scope));
  std::erase_if(found.others, [&found](const InvoiceCharges& one) {
    return std::ranges::any_of(found.compared.invoices, [&one](const InvoiceProof& compared) {
      return compared.invoice == one.invoice && compared.currency == one.currency;
    });
  });
  return found;
}

Result<EnteredInvoice> add_invoice(const Caller& caller, const Workspace& workspace, const InvoiceEntry& entry,
                                   const Doer& doer) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(std::string number, number_of(entry.number));
  const auto currency = Currency::parse(entry.currency);
  if (!currency) return invalid("currency", entry.currency, "it is no ISO code of three letters", "write it as in EUR");
  const Decimal::Parsed total = Decimal::parse(entry.total);
  if (total.error != DecimalError::kNone) {
    return invalid("total", entry.total, std::string(decimal_error_text(total.error)),
                   "write it with a point and without separators, for example 41404.42");
  }
  EnteredInvoice invoice{std::move(number), entry.month, *currency, total.value};
  APPORTION_ASSIGN(InvoiceBook book, open_book(workspace));
  APPORTION_TRY(book.add(invoice, doer));
  return invoice;
}

Result<void> remove_invoice(const Caller& caller, const Workspace& workspace, const std::string& number,
                            const Doer& doer) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(InvoiceBook book, open_book(workspace));
  return book.remove(std::string(trim(number)), doer);
}

}  // namespace apportion
