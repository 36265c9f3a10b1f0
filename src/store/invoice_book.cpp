#include "store/invoice_book.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "store/control_plane_internal.h"
#include "store/doer_internal.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

EnteredInvoice read_invoice(RowReader& row) {
  std::string number = row.text();
  const Month month = row.month();
  const Currency currency = row.currency();
  return {std::move(number), month, currency, row.decimal()};
}

FetchedInvoice read_fetched(RowReader& row) {
  std::string number = row.text();
  const Month month = row.month();
  const Currency currency = row.currency();
  FetchedInvoice invoice{std::move(number), month, currency, row.decimal(), {}, {}, {}, {}};
  for (auto text :
       {&FetchedInvoice::kind, &FetchedInvoice::status, &FetchedInvoice::due_on, &FetchedInvoice::credit_for}) {
    invoice.*text = row.text();
  }
  return invoice;
}

std::string in_words(const EnteredInvoice& invoice) {
  return fmt::format("{} of {}: {} {}", invoice.number, invoice.month.to_string(), invoice.total.to_string(),
                     invoice.currency.code());
}

}  // namespace

class InvoiceBook::Database {
 public:
  mutable SqliteDatabase sqlite;
  Clock clock;
};

InvoiceBook::InvoiceBook(std::unique_ptr<Database> database) : database_(std::move(database)) {}
InvoiceBook::InvoiceBook(InvoiceBook&&) noexcept = default;
InvoiceBook& InvoiceBook::operator=(InvoiceBook&&) noexcept = default;
InvoiceBook::~InvoiceBook() = default;

Result<InvoiceBook> InvoiceBook::open(const std::filesystem::path& control_plane_file, Clock clock) {
  APPORTION_ASSIGN(auto sqlite, open_control_plane_database(control_plane_file, false));
  return InvoiceBook(std::make_unique<Database>(Database{std::move(sqlite), std::move(clock)}));
}

Result<std::vector<EnteredInvoice>> InvoiceBook::invoices() const {
  return read_all(database_->sqlite,
                  "SELECT number, month, currency, total FROM entered_invoice ORDER BY month, number", {},
                  read_invoice);
}

Result<std::vector<FetchedInvoice>> InvoiceBook::fetched() const {
  return read_all(database_->sqlite,
                  "SELECT number, month, currency, total, kind, status, due_on, credit_for FROM fetched_invoice"
                  " ORDER BY month, number",
                  {}, read_fetched);
}

Result<std::vector<StatedInvoice>> InvoiceBook::stated() const {
  std::map<std::string, StatedInvoice> by_number;
  APPORTION_ASSIGN(const auto entered, invoices());
  for (const EnteredInvoice& one : entered) by_number[one.number].entered = one;
  APPORTION_ASSIGN(const auto listed, fetched());
  for (const FetchedInvoice& one : listed) {
    if (!one.is_void() || by_number.contains(one.number)) by_number[one.number].fetched = one;
  }
  std::vector<StatedInvoice> all;
  for (auto& [number, invoice] : by_number) {
    invoice.number = number;
    all.push_back(std::move(invoice));
  }
  return all;
}

Result<void> InvoiceBook::put_fetched(ConnectionId connection, const std::vector<FetchedInvoice>& invoices) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto before, fetched());
  for (const FetchedInvoice& one : invoices) {
    if (std::ranges::find(before, one) != before.end()) continue;
    APPORTION_TRY(sqlite.run(
        "INSERT OR REPLACE INTO fetched_invoice (number, connection_id, month, currency, total, kind, status, due_on,"
        " credit_for) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {one.number, connection.raw(), one.month.to_string(), one.currency.code(), one.total.to_string(), one.kind,
         one.status, one.due_on, one.credit_for}));
  }
  return transaction.commit();
}

Result<void> InvoiceBook::add(const EnteredInvoice& invoice, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto known, invoices());
  const auto before = std::ranges::find(known, invoice.number, &EnteredInvoice::number);
  if (before != known.end()) {
    if (*before == invoice) return ok();
    return Error{ErrorId::kInvoiceExists, "the invoice was entered before, and otherwise", in_words(*before),
                 "a number stands for one invoice",
                 "if it was wrong, remove it first: " + step(Step::kRemoveInvoice, {{"invoice", invoice.number}})};
  }
  APPORTION_TRY(
      sqlite.run("INSERT INTO entered_invoice (number, month, currency, total) VALUES (?, ?, ?, ?)",
                 {invoice.number, invoice.month.to_string(), invoice.currency.code(), invoice.total.to_string()}));
  APPORTION_TRY(note_by(sqlite, database_->clock.now(), doer, "invoice.add", in_words(invoice)));
  return transaction.commit();
}

Result<void> InvoiceBook::remove(const std::string& number, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto known, invoices());
  const auto found = std::ranges::find(known, number, &EnteredInvoice::number);
  if (found == known.end()) {
    return Error{ErrorId::kNoSuchRecord, "there is no such invoice", excerpt(number), "nobody entered it",
                 "see those that were: " + step(Step::kListInvoices)};
  }
  APPORTION_TRY(sqlite.run("DELETE FROM entered_invoice WHERE number = ?", {number}));
  APPORTION_TRY(note_by(sqlite, database_->clock.now(), doer, "invoice.remove", in_words(*found)));
  return transaction.commit();
}

}  // namespace apportion
