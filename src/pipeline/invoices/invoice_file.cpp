#include "pipeline/invoices/invoice_file.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/byte_order_mark.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/text.h"
#include "foundation/model/day_text.h"
#include "foundation/model/source_batch.h"
#include "pipeline/ingest/csv_reader.h"
#include "pipeline/ingest/gzip_reader.h"
#include "pipeline/invoices/json_lines.h"

namespace apportion {
namespace {

enum Field : std::size_t {
  kPartnerId,
  kInvoiceNumber,
  kCustomerId,
  kSubscriptionId,
  kEntitlementId,
  kProductId,
  kSkuId,
  kMeterId,
  kResourceUri,
  kChargeType,
  kPublisherName,
  kReservationOrderId,
  kCreditReasonCode,
  kTermAndBillingCycle,
  kUsageDate,
  kChargeStartDate,
  kBillingPreTaxTotal,
  kBillingCurrency,
  kSubtotal,
  kTaxTotal,
  kCurrency,
  kEffectiveUnitPrice,
  kBillableQuantity,
  kQuantity,
  kExchangeRate,
  kFields
};

constexpr std::array<std::string_view, kFields> kNames = {"PartnerId",
                                                          "InvoiceNumber",
                                                          "CustomerId",
                                                          "SubscriptionId",
                                                          "EntitlementId",
                                                          "ProductId",
                                                          "SkuId",
                                                          "MeterId",
                                                          "ResourceURI",
                                                          "ChargeType",
                                                          "PublisherName",
                                                          "ReservationOrderId",
                                                          "CreditReasonCode",
                                                          "TermAndBillingCycle",
                                                          "UsageDate",
                                                          "ChargeStartDate",
                                                          "BillingPreTaxTotal",
                                                          "BillingCurrency",
                                                          "Subtotal",
                                                          "TaxTotal",
                                                          "Currency",
                                                          "EffectiveUnitPrice",
                                                          "BillableQuantity",
                                                          "Quantity",
                                                          "PCToBCExchangeRate"};

// What a line cannot do without, by kind.
constexpr auto kNeededOfReconciliation = std::to_array<Field>(
    {kPartnerId, kInvoiceNumber, kCustomerId, kSubscriptionId, kProductId, kSkuId, kSubtotal, kCurrency});
constexpr auto kNeededOfDailyUsage =
    std::to_array<Field>({kPartnerId, kInvoiceNumber, kCustomerId, kEntitlementId, kProductId, kSkuId, kUsageDate,
                          kBillingPreTaxTotal, kBillingCurrency});

std::span<const Field> needed_of(InvoiceFileKind kind) {
  if (kind == InvoiceFileKind::kDailyUsage) return kNeededOfDailyUsage;
  return kNeededOfReconciliation;
}

// Which column is which field.
struct Columns {
  InvoiceFileKind kind = InvoiceFileKind::kReconciliation;
  std::array<int, kFields> of_field = {};

  bool has(Field field) const { return of_field[field] >= 0; }
};

Result<Columns> recognise(const std::string& file_name, std::span<const std::string> header) {
  Columns columns;
  columns.of_field.fill(-1);
  for (std::size_t at = 0; at < header.size(); ++at) {
    const std::string_view name = trim(without_byte_order_mark(header[at]));
    for (std::size_t field = 0; field < kFields; ++field) {
      if (!ascii_equal_ignoring_case(name, kNames[field])) continue;
      if (columns.of_field[field] >= 0) {
        return Error{ErrorId::kFileColumnRepeated, "a column is there twice", file_name,
                     fmt::format("two columns are called {}", kNames[field]), "download the file again"};
      }
      columns.of_field[field] = static_cast<int>(at);
    }
  }
  columns.kind = columns.has(kBillingPreTaxTotal) || columns.has(kEntitlementId) ? InvoiceFileKind::kDailyUsage
                                                                                 : InvoiceFileKind::kReconciliation;
  std::vector<std::string_view> missing;
  for (const Field field : needed_of(columns.kind)) {
    if (!columns.has(field)) missing.push_back(kNames[field]);
  }
  if (missing.empty()) return columns;
  return Error{ErrorId::kFileColumnMissing, "this is no file of Microsoft's invoice lines", file_name,
               fmt::format("as {}, it lacks {}", invoice_file_kind_name(columns.kind), fmt::join(missing, ", ")),
               "download the reconciliation or the daily rated usage of the invoice from Partner Center"};
}

// Cells of one record, and where it is.
struct Record {
  const std::string& file_name;
  const Columns& columns;
  std::int64_t line;
  std::span<const std::string_view> cells;

  std::string_view cell(Field field) const {
    const int column = columns.of_field[field];
    if (column < 0) return {};
    const std::string_view text = trim(cells[static_cast<std::size_t>(column)]);
    return is_blank_cell(text) ? std::string_view() : text;
  }
  Error wrong(Field field, std::string_view expected) const {
    return {ErrorId::kRowsRejected, "a line of the invoice cannot be read",
            fmt::format("{}, line {}, column {}", file_name, line, kNames[field]),
            fmt::format("found {}, expected {}", excerpt(cell(field)), expected),
            "download the file again, and compare the original: spreadsheet programs rewrite numbers and days"};
  }
};

// Makes lines of records; keeps the texts of one.
class LineMaker {
 public:
  Result<void> make(const Record& record, const InvoiceLineVisitor& visit) {
    const bool is_usage = record.columns.kind == InvoiceFileKind::kDailyUsage;
    InvoiceLine line;
    line.line = record.line;
    line.hash = hash_of(record.cells);
    line.partner_id = lower(record, kPartnerId);
    line.invoice = record.cell(kInvoiceNumber);
    line.customer_id = lower(record, kCustomerId);
    line.subscription = lower(record, is_usage ? kEntitlementId : kSubscriptionId);
    line.product = product(record);
    line.meter_id = lower(record, kMeterId);
    line.resource = lower(record, kResourceUri);
    line.charge_type = record.cell(kChargeType);
    line.publisher = record.cell(kPublisherName);
    line.reservation_order = record.cell(kReservationOrderId);
    line.credit_reason = record.cell(kCreditReasonCode);
    line.term = record.cell(kTermAndBillingCycle);
    APPORTION_TRY(read_amounts(record, is_usage, line));
    APPORTION_TRY(read_day(record, is_usage ? kUsageDate : kChargeStartDate, line));
    return visit(line);
  }

 private:
  std::string_view lower(const Record& record, Field field) {
    std::string& text = texts_[field];
    text = ascii_lower(record.cell(field));
    return text;
  }

  std::string_view product(const Record& record) {
    std::string& text = texts_[kProductId];
    text = record.cell(kProductId);
    text += record.cell(kSkuId);
    text = product_key(text);
    return text;
  }

  std::int64_t hash_of(std::span<const std::string_view> cells) {
    all_.clear();
    for (const std::string_view cell : cells) {
      all_ += cell;
      all_ += '\x1f';
    }
    return short_hash_of(all_);
  }

  static Result<std::optional<Decimal>> number(const Record& record, Field field) {
    const std::string_view text = record.cell(field);
    if (text.empty()) return std::optional<Decimal>();
    const Decimal::Parsed parsed = Decimal::parse_rounding(text);
    if (parsed.error != DecimalError::kNone) return record.wrong(field, decimal_error_text(parsed.error));
    return std::optional(parsed.value);
  }

  static Result<void> read_amounts(const Record& record, bool is_usage, InvoiceLine& line) {
    const Field amount = is_usage ? kBillingPreTaxTotal : kSubtotal;
    const Field currency = is_usage ? kBillingCurrency : kCurrency;
    APPORTION_ASSIGN(const auto before_tax, number(record, amount));
    if (!before_tax) return record.wrong(amount, "an amount");
    line.amount = *before_tax;
    line.currency = Currency::parse(record.cell(currency));
    if (!line.currency) return record.wrong(currency, "a currency of three letters");
    APPORTION_ASSIGN(const auto tax, number(record, kTaxTotal));
    line.tax = tax.value_or(Decimal());
    APPORTION_ASSIGN(line.unit_price, number(record, kEffectiveUnitPrice));
    APPORTION_ASSIGN(line.quantity, number(record, kBillableQuantity));
    if (!line.quantity) {
      APPORTION_ASSIGN(line.quantity, number(record, kQuantity));
    }
    APPORTION_ASSIGN(line.exchange_rate, number(record, kExchangeRate));
    return ok();
  }

  static Result<void> read_day(const Record& record, Field field, InvoiceLine& line) {
    const std::string_view text = record.cell(field);
    if (text.empty()) return ok();
    const bool has_slashes = text.find('/') != std::string_view::npos;
    line.day = parse_day(text, has_slashes ? DayFormat::kMonthDayYear : DayFormat::kIso);
    if (!line.day) return record.wrong(field, "a day such as 2026-10-31 or 10/31/2026");
    return ok();
  }

  std::array<std::string, kFields> texts_;
  std::string all_;
};

// Bytes of which some were looked at before.
class PeekedReader final : public ByteReader {
 public:
  static Result<std::unique_ptr<PeekedReader>> of(std::unique_ptr<ByteReader> bytes) {
    constexpr std::size_t kPeeked = 16;
    std::string first(kPeeked, '\0');
    std::size_t filled = 0;
    while (filled < kPeeked) {
      APPORTION_ASSIGN(const std::size_t count, bytes->read(std::span(first).subspan(filled)));
      if (count == 0) break;
      filled += count;
    }
    first.resize(filled);
    return std::make_unique<PeekedReader>(std::move(bytes), std::move(first));
  }
  PeekedReader(std::unique_ptr<ByteReader> bytes, std::string first)
      : bytes_(std::move(bytes)), first_(std::move(first)) {}

  std::string_view first() const { return first_; }

  Result<std::size_t> read(std::span<char> buffer) override {
    if (at_ == first_.size()) return bytes_->read(buffer);
    const std::size_t count = std::min(buffer.size(), first_.size() - at_);
    std::copy_n(first_.data() + at_, count, buffer.data());
    at_ += count;
    return count;
  }

 private:
  std::unique_ptr<ByteReader> bytes_;
  std::string first_;
  std::size_t at_ = 0;
};

Error no_lines(const std::string& file_name) {
  return {ErrorId::kFileColumnMissing, "this is no file of Microsoft's invoice lines", file_name,
          "it is empty: it has not even a header", "download the file again"};
}

Result<InvoiceFileFacts> read_csv(const std::string& name, std::unique_ptr<ByteReader> bytes,
                                  const InvoiceLineVisitor& visit) {
  CsvBlockReader blocks(name, std::move(bytes));
  std::optional<Columns> columns;
  std::size_t width = 0;
  InvoiceFileFacts facts;
  LineMaker maker;
  CsvBlock block;
  SourceBatch batch;
  std::vector<std::string_view> cells;
  do {
    APPORTION_TRY(blocks.next(block));
    if (!columns) {
      APPORTION_ASSIGN(const std::vector<std::string> header, take_csv_header(name, block));
      if (header.empty()) continue;
      APPORTION_ASSIGN(columns, recognise(name, header));
      width = header.size();
    }
    APPORTION_TRY(parse_csv_block(name, block, width, 0, batch));
    if (!batch.broken.empty()) {
      const BrokenRecord& first = batch.broken.front();
      return Error{ErrorId::kFileRagged, "a line of the invoice has another number of columns",
                   fmt::format("{}, line {}", name, first.line), first.reason,
                   "the file may have been cut off: download it again"};
    }
    cells.resize(width);
    for (std::size_t row = 0; row < batch.rows; ++row) {
      for (std::size_t i = 0; i < width; ++i) cells[i] = std::as_const(batch.columns)[i][row];
      APPORTION_TRY(maker.make({name, *columns, batch.lines[row], cells}, visit));
    }
    facts.lines += static_cast<std::int64_t>(batch.rows);
  } while (!blocks.at_end());
  if (!columns) return no_lines(name);
  facts.kind = columns->kind;
  facts.has_meters = columns->has(kMeterId);
  return facts;
}

// The same keys in the same order as in the line before: nearly always.
bool has_same_names(const std::vector<std::string>& names, const JsonCells& cells) {
  return std::ranges::equal(names, cells, {}, {}, &JsonCells::value_type::first);
}

Result<InvoiceFileFacts> read_json_lines(const std::string& name, std::unique_ptr<ByteReader> bytes,
                                         const InvoiceLineVisitor& visit) {
  LineReader lines(std::move(bytes));
  std::optional<Columns> columns;
  std::vector<std::string> names;
  InvoiceFileFacts facts;
  LineMaker maker;
  JsonCells members;
  std::vector<std::string_view> cells;
  std::string text;
  for (std::int64_t at = 1;; ++at) {
    APPORTION_ASSIGN(const bool found, lines.next(name, text));
    if (!found) break;
    const std::string_view line = trim(without_byte_order_mark(text));
    if (line.empty()) continue;
    if (!parse_json_line(line, members)) {
      return Error{ErrorId::kRowsRejected, "a line of the invoice cannot be read", fmt::format("{}, line {}", name, at),
                   fmt::format("found {}, expected a JSON object", excerpt(line)),
                   "the file may have been cut off: download it again"};
    }
    if (!columns || !has_same_names(names, members)) {
      names.clear();
      for (const auto& [key, value] : members) names.push_back(key);
      APPORTION_ASSIGN(const Columns found_columns, recognise(fmt::format("{}, line {}", name, at), names));
      columns = found_columns;
    }
    cells.clear();
    for (const auto& [key, value] : members) cells.emplace_back(value);
    APPORTION_TRY(maker.make({name, *columns, at, cells}, visit));
    ++facts.lines;
  }
  if (!columns) return no_lines(name);
  facts.kind = columns->kind;
  facts.has_meters = columns->has(kMeterId);
  return facts;
}

}  // namespace

std::string product_key(std::string_view product) {
  std::string key = ascii_lower(product);
  std::erase_if(key, [](char c) { return c == '-' || c == '_' || c == ' '; });
  return key;
}

std::string_view invoice_file_kind_name(InvoiceFileKind kind) {
  return kind == InvoiceFileKind::kDailyUsage ? "daily usage" : "reconciliation";
}

Result<InvoiceFileFacts> read_invoice_file(const InvoiceFile& file, const InvoiceLineVisitor& visit) {
  constexpr std::string_view kGzip = "\x1f\x8b";
  APPORTION_ASSIGN(std::unique_ptr<ByteReader> bytes, file.open());
  APPORTION_ASSIGN(auto peeked, PeekedReader::of(std::move(bytes)));
  if (peeked->first().starts_with(kGzip)) {
    APPORTION_ASSIGN(peeked, PeekedReader::of(make_gzip_reader(file.name, std::move(peeked))));
  }
  const bool is_json = trim(without_byte_order_mark(peeked->first())).starts_with('{');
  return is_json ? read_json_lines(file.name, std::move(peeked), visit) : read_csv(file.name, std::move(peeked), visit);
}

}  // namespace apportion
