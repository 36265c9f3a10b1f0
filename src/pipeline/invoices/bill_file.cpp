#include "pipeline/invoices/bill_file.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/byte_order_mark.h"
#include "foundation/base/guid.h"
#include "foundation/base/nearest_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/source_batch.h"
#include "pipeline/ingest/csv_reader.h"
#include "pipeline/invoices/invoice_csv_internal.h"
#include "pipeline/invoices/separated_reader.h"

namespace apportion {
namespace {

constexpr std::size_t kFaultsShown = 5;

std::size_t place_in_texts(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(kInvoiceTextColumns, name) - kInvoiceTextColumns.begin());
}

// `2026-10`, `202610`, `2026-10-31`; months of other days are those that they are in.
std::optional<Month> parse_bill_month(std::string_view text) {
  constexpr std::size_t kDigits = 6;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() == kDigits && std::ranges::all_of(text, is_digit)) {
    return Month::parse(fmt::format("{}-{}", text.substr(0, 4), text.substr(4)));
  }
  if (const auto month = Month::parse(text)) return month;
  const auto day = Day::parse(text);
  return day ? std::optional(Month::of(*day)) : std::nullopt;
}

// Makes records of the lines of a bill; keeps the texts of one.
class BillReader {
 public:
  BillReader(const BillSource& bill, const InvoiceRecordVisitor& visit) : bill_(bill), visit_(visit) {
    place_of_field_.fill(-1);
  }

  Result<void> take_header(const std::vector<std::string>& header) {
    for (const std::string& name : header) names_.emplace_back(trim(without_byte_order_mark(name)));
    for (std::size_t field = 0; field < kBillFields; ++field) {
      const std::string& wanted = bill_.columns.columns[field];
      if (!wanted.empty()) APPORTION_TRY(find_column(field, wanted));
    }
    if (place_of(BillField::kMonth) < 0 && !bill_.month) {
      return Error{ErrorId::kMonthUnknown, "the month of these files cannot be determined", bill_.file.name,
                   "no column was named that says the month of a line",
                   "name the column (month=COLUMN), or the month of all lines: " + step(Step::kChooseMonth)};
    }
    for (std::size_t at = 0; at < names_.size(); ++at) {
      if (!is_kept(static_cast<int>(at))) others_.push_back(at);
    }
    return ok();
  }

  Result<void> take(std::int64_t at, std::span<const std::string_view> cells) {
    InvoiceRecord record;
    record.kind = bill_.kind;
    record.names = names_;
    record.cells = cells;
    record.others = others_;
    record.line.file = bill_.file.name;
    record.line.line = at;
    record.line.hash = hash_.of(cells);
    cells_ = cells;
    read_values(record);
    record.texts[place_in_texts("InvoiceNumber")] = invoice_;
    const std::string_view tenant = cell(BillField::kTenant);
    record.texts[place_in_texts("CustomerId")] = tenant.empty() ? cell(BillField::kCustomer) : tenant;
    if (const auto field = bill_.columns.subscription_field()) {
      record.texts[place_in_texts("EntitlementId")] = cell(*field);
    }
    if (const auto field = bill_.columns.product_field()) record.texts[place_in_texts("ProductId")] = cell(*field);
    show_invoice_texts(record.texts, bill_.kind, shown_, record.line);
    return visit_(record);
  }

 private:
  int place_of(BillField field) const { return place_of_field_[static_cast<std::size_t>(field)]; }

  Result<void> find_column(std::size_t field, const std::string& wanted) {
    std::vector<std::string_view> spelled;
    for (std::size_t at = 0; at < names_.size(); ++at) {
      spelled.push_back(names_[at]);
      if (!ascii_equal_ignoring_case(names_[at], wanted)) continue;
      if (place_of_field_[field] >= 0) {
        return Error{ErrorId::kFileColumnRepeated, "a column of the bill is there twice", bill_.file.name,
                     fmt::format("two columns are called {}", wanted), "rename one of them, or remove it"};
      }
      place_of_field_[field] = static_cast<int>(at);
    }
    if (place_of_field_[field] >= 0) return ok();
    const std::string_view nearest = nearest_text(wanted, spelled);
    return Error{ErrorId::kFileColumnMissing, "the bill does not have a column that was named", bill_.file.name,
                 fmt::format("`{}` should be `{}`; its columns are {}", excerpt(wanted),
                             bill_field_name(static_cast<BillField>(field)),
                             excerpt(fmt::format("{}", fmt::join(spelled, ", ")), 300)),
                 nearest.empty() ? "name one of these columns" : fmt::format("did you mean {}?", nearest)};
  }

  // Whether what is read of a column is all that it says.
  bool is_kept(int at) const {
    std::vector<BillField> kept = {BillField::kCurrency, BillField::kCost, BillField::kQuantity};
    if (place_of(BillField::kTenant) < 0) kept.push_back(BillField::kCustomer);
    if (const auto field = bill_.columns.subscription_field()) kept.push_back(*field);
    if (const auto field = bill_.columns.product_field()) kept.push_back(*field);
    return std::ranges::any_of(kept, [&](BillField field) { return place_of(field) == at; });
  }

  std::string_view cell(BillField field) const {
    const int place = place_of(field);
    if (place < 0) return {};
    const std::string_view text = trim(cells_[static_cast<std::size_t>(place)]);
    return is_blank_cell(text) ? std::string_view() : text;
  }

  void refuse(BillField field, std::string_view expected, InvoiceRecord& record) const {
    if (record.fault) return;
    const std::string_view found = cell(field);
    const std::string shown = found.empty() ? "nothing" : fmt::format("`{}`", excerpt(found));
    record.fault = InvoiceFault{bill_.columns.column(field), std::string(found),
                                fmt::format("found {}, expected {}", shown, expected)};
  }

  void read_values(InvoiceRecord& record) {
    InvoiceLine& line = record.line;
    const auto month = place_of(BillField::kMonth) < 0 ? bill_.month : parse_bill_month(cell(BillField::kMonth));
    if (!month) refuse(BillField::kMonth, "a month such as 2026-10 or 202610, or a day such as 2026-10-31", record);
    if (month) line.day = month->first_day();
    invoice_ = month ? fmt::format("{}/{}", bill_.name, month->to_string()) : bill_.name;
    read_whom(record);
    const std::string_view tenant = cell(BillField::kTenant);
    if (!tenant.empty() && !is_guid(tenant)) refuse(BillField::kTenant, "a GUID", record);
    line.currency = bill_.columns.currency;
    if (!line.currency) line.currency = Currency::parse(cell(BillField::kCurrency));
    if (!line.currency) refuse(BillField::kCurrency, "a currency of three letters", record);
    const auto amount = parse_bill_amount(cell(BillField::kCost), bill_.columns);
    if (!amount) refuse(BillField::kCost, amount_expected(), record);
    line.amount = amount.value_or(Decimal());
    if (cell(BillField::kQuantity).empty()) return;
    line.quantity = parse_bill_amount(cell(BillField::kQuantity), bill_.columns);
    if (!line.quantity) refuse(BillField::kQuantity, amount_expected(), record);
  }

  // A line of a distributor may bill what is in no subscription.
  void read_whom(InvoiceRecord& record) const {
    if (bill_.kind == InvoiceFileKind::kBill) {
      if (cell(BillField::kCustomer).empty()) refuse(BillField::kCustomer, "a customer", record);
      return;
    }
    std::vector<BillField> places;
    if (const auto subscription = bill_.columns.subscription_field()) places.push_back(*subscription);
    for (const BillField field : {BillField::kTenant, BillField::kCustomer}) {
      if (bill_.columns.has(field)) places.push_back(field);
    }
    const bool is_told = std::ranges::any_of(places, [this](BillField field) { return !cell(field).empty(); });
    if (!is_told) refuse(places.front(), "whom or what the line bills; a line of sums must be removed", record);
  }

  std::string amount_expected() const {
    const BillColumns& columns = bill_.columns;
    if (columns.decimal_mark == '.' && columns.thousands_mark == '\0') {
      return "a plain decimal number such as -1234.5; numbers in a local format must be declared (decimal_mark, "
             "thousands_mark)";
    }
    return fmt::format("a number such as -1{}234{}5",
                       columns.thousands_mark == '\0' ? "" : std::string(1, columns.thousands_mark),
                       columns.decimal_mark);
  }

  const BillSource& bill_;
  const InvoiceRecordVisitor& visit_;
  std::vector<std::string> names_;
  std::array<int, kBillFields> place_of_field_ = {};
  std::vector<std::size_t> others_;
  std::span<const std::string_view> cells_;  // of the record in hand
  std::string invoice_;
  ShownInvoiceTexts shown_;
  CellsHash hash_;
};

}  // namespace

Result<bool> has_columns_of_bill(const InvoiceFile& file, const BillColumns& columns) {
  APPORTION_ASSIGN(OpenedInvoiceFile opened, open_invoice_file(file));
  if (opened.is_json) return false;
  opened.bytes = with_commas(std::move(opened.bytes), columns.separator);
  APPORTION_ASSIGN(const std::vector<std::string> header, names_of_first_record(opened));
  return std::ranges::all_of(columns.columns, [&header](const std::string& wanted) {
    return wanted.empty() || std::ranges::any_of(header, [&wanted](const std::string& name) {
             return ascii_equal_ignoring_case(name, wanted);
           });
  });
}

Result<InvoiceFileFacts> read_bill_records(const BillSource& bill, const InvoiceRecordVisitor& visit) {
  APPORTION_ASSIGN(OpenedInvoiceFile opened, open_invoice_file(bill.file));
  opened.bytes = with_commas(std::move(opened.bytes), bill.columns.separator);
  BillReader reader(bill, visit);
  const CsvVisitor visitor{[&](const std::vector<std::string>& header) { return reader.take_header(header); },
                           [&](std::size_t /*thread*/, std::int64_t line, std::span<const std::string_view> cells) {
                             return reader.take(line, cells);
                           }};
  auto lines = read_csv_records(bill.file.name, std::move(opened.bytes), visitor);
  if (!lines) {
    Error error = std::move(lines).error();
    if (error.id == ErrorId::kFileRagged) {
      error.what = "a line of the bill has another number of columns";
      error.next = "the file may have been cut off: export it again";
    }
    return error;
  }
  if (*lines && **lines > 0) return InvoiceFileFacts{bill.kind, false, **lines};
  return Error{ErrorId::kFileColumnMissing, "the bill is empty", bill.file.name,
               *lines ? "it has a header, and no line below it" : "it has not even a header", "export it again"};
}

Result<InvoiceFileFacts> read_bill(const BillSource& bill, const InvoiceRecordVisitor& visit) {
  std::vector<std::string> faults;
  std::int64_t count = 0;
  APPORTION_ASSIGN(
      const InvoiceFileFacts facts, read_bill_records(bill, [&](const InvoiceRecord& record) -> Result<void> {
        if (!record.fault) return count == 0 ? visit(record) : ok();
        ++count;
        if (faults.size() < kFaultsShown) {
          faults.push_back(
              fmt::format("line {}, column {}: {}", record.line.line, record.fault->column, record.fault->reason));
        }
        return ok();
      }));
  if (count == 0) return facts;
  return Error{
      ErrorId::kRowsRejected,
      count == 1 ? "a line of the bill cannot be read" : fmt::format("{} lines of the bill cannot be read", count),
      bill.file.name, fmt::format("{}{}", fmt::join(faults, "; "), count > std::ssize(faults) ? "; …" : ""),
      "mend these lines, or what was said of the columns; nothing of the file was taken in"};
}

Result<std::vector<std::string>> columns_of_bill(const InvoiceFile& file) {
  APPORTION_ASSIGN(OpenedInvoiceFile opened, open_invoice_file(file));
  std::vector<std::string> names;
  if (opened.is_json) return names;
  CsvBlockReader blocks(file.name, std::move(opened.bytes));
  while (names.empty() && !blocks.at_end()) {
    CsvBlock block;
    APPORTION_TRY(blocks.next(block));
    APPORTION_ASSIGN(const auto header, take_csv_header(file.name, block));
    for (const std::string& name : header) names.emplace_back(trim(without_byte_order_mark(name)));
  }
  return names;
}

}  // namespace apportion
