#include "pipeline/invoices/invoice_file.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/byte_order_mark.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/text.h"
#include "foundation/base/threads.h"
#include "foundation/model/day_text.h"
#include "foundation/model/source_batch.h"
#include "pipeline/ingest/csv_reader.h"
#include "pipeline/ingest/gzip_reader.h"
#include "pipeline/invoices/invoice_csv_internal.h"
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

constexpr std::size_t kTexts = kInvoiceTextColumns.size();
static_assert(kTermAndBillingCycle + 1 == kTexts);

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
  std::vector<std::string> names;   // as the file spells them
  std::vector<std::size_t> others;  // columns that are kept beside what is read

  bool has(Field field) const { return of_field[field] >= 0; }
};

// Whether the column of a field is kept by what is read from it.
bool is_read(const Columns& columns, Field field) {
  const bool is_usage = columns.kind == InvoiceFileKind::kDailyUsage;
  switch (field) {
    case kUsageDate:
    case kBillingPreTaxTotal:
    case kBillingCurrency: return is_usage;
    case kChargeStartDate:
    case kSubtotal:
    case kCurrency: return !is_usage;
    case kQuantity: return !columns.has(kBillableQuantity);
    default: return true;
  }
}

void find_others(Columns& columns) {
  for (std::size_t at = 0; at < columns.names.size(); ++at) {
    bool is_kept = false;
    for (std::size_t field = 0; field < kFields; ++field) {
      const bool is_of_field = columns.of_field[field] == static_cast<int>(at);
      is_kept = is_kept || (is_of_field && is_read(columns, static_cast<Field>(field)));
    }
    if (!is_kept) columns.others.push_back(at);
  }
}

bool has_columns_of_invoice(const Columns& columns) {
  constexpr auto kTelling =
      std::to_array<Field>({kInvoiceNumber, kEntitlementId, kBillingPreTaxTotal, kSubtotal, kTaxTotal});
  return columns.has(kPartnerId) && std::ranges::any_of(kTelling, [&](Field field) { return columns.has(field); });
}

Result<Columns> columns_of(const std::string& file_name, std::span<const std::string> header) {
  Columns columns;
  columns.of_field.fill(-1);
  for (std::size_t at = 0; at < header.size(); ++at) {
    const std::string_view name = trim(without_byte_order_mark(header[at]));
    columns.names.emplace_back(name);
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
  find_others(columns);
  return columns;
}

Result<Columns> recognise(const std::string& file_name, std::span<const std::string> header) {
  APPORTION_ASSIGN(Columns columns, columns_of(file_name, header));
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
};

// Makes lines of records; keeps the texts of one.
class LineMaker {
 public:
  Result<void> make(const Record& from, const InvoiceRecordVisitor& visit) {
    InvoiceRecord record;
    record.kind = from.columns.kind;
    record.names = from.columns.names;
    record.cells = from.cells;
    record.others = from.columns.others;
    for (std::size_t i = 0; i < kTexts; ++i) record.texts[i] = from.cell(static_cast<Field>(i));
    record.line.file = from.file_name;
    record.line.line = record.line.place = from.line;
    record.line.hash = hash_.of(from.cells);
    show_invoice_texts(record.texts, record.kind, shown_, record.line);
    read_values(from, record);
    return visit(record);
  }

 private:
  static void refuse(const Record& from, Field field, std::string_view expected, InvoiceRecord& record) {
    if (record.fault) return;
    const std::string found = excerpt(from.cell(field));
    record.fault = InvoiceFault{kNames[field], std::string(from.cell(field)),
                                fmt::format("found {}, expected {}", found, expected)};
  }

  static std::optional<Decimal> number(const Record& from, Field field, InvoiceRecord& record) {
    const std::string_view text = from.cell(field);
    if (text.empty()) return std::nullopt;
    const Decimal::Parsed parsed = Decimal::parse_rounding(text);
    if (parsed.error == DecimalError::kNone) return parsed.value;
    refuse(from, field, decimal_error_text(parsed.error), record);
    return std::nullopt;
  }

  static void read_values(const Record& from, InvoiceRecord& record) {
    const bool is_usage = record.kind == InvoiceFileKind::kDailyUsage;
    const Field amount = is_usage ? kBillingPreTaxTotal : kSubtotal;
    const Field currency = is_usage ? kBillingCurrency : kCurrency;
    InvoiceLine& line = record.line;
    const auto before_tax = number(from, amount, record);
    if (!before_tax) refuse(from, amount, "an amount", record);
    line.amount = before_tax.value_or(Decimal());
    line.currency = Currency::parse(from.cell(currency));
    if (!line.currency) refuse(from, currency, "a currency of three letters", record);
    line.tax = number(from, kTaxTotal, record).value_or(Decimal());
    line.unit_price = number(from, kEffectiveUnitPrice, record);
    line.quantity = number(from, kBillableQuantity, record);
    if (!line.quantity) line.quantity = number(from, kQuantity, record);
    line.exchange_rate = number(from, kExchangeRate, record);
    read_day(from, is_usage ? kUsageDate : kChargeStartDate, record);
  }

  static void read_day(const Record& from, Field field, InvoiceRecord& record) {
    const std::string_view text = from.cell(field);
    if (text.empty()) return;
    const bool has_slashes = text.find('/') != std::string_view::npos;
    record.line.day = parse_day(text, has_slashes ? DayFormat::kMonthDayYear : DayFormat::kIso);
    if (!record.line.day) refuse(from, field, "a day such as 2026-10-31 or 10/31/2026", record);
  }

  ShownInvoiceTexts shown_;
  CellsHash hash_;
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

// Hands out chunks of a file in their order, one thread at a time, and has each worked on by one of several threads.
template <class Chunk>
class ChunkWork {
 public:
  using Next = std::function<Result<bool>(Chunk&)>;  // false at the end
  using Work = std::function<Result<void>(std::size_t thread, std::int64_t at, Chunk&)>;

  ChunkWork(Next next, Work work) : next_(std::move(next)), work_(std::move(work)) {}

  // The error is that of the first chunk that has one.
  Result<void> run(std::size_t threads) {
    run_in_threads(threads, [this](std::size_t thread) { work_in(thread); });
    return failure_ ? Result<void>(*failure_) : ok();
  }

 private:
  void work_in(std::size_t thread) {
    Chunk chunk;
    while (const auto at = take(chunk)) {
      const auto done = work_(thread, *at, chunk);
      if (done) continue;
      const std::lock_guard lock(mutex_);
      fail(*at, done.error());
    }
  }

  std::optional<std::int64_t> take(Chunk& chunk) {
    const std::lock_guard lock(mutex_);
    if (failure_ || is_at_end_) return std::nullopt;
    const std::int64_t at = taken_++;
    const auto more = next_(chunk);
    if (!more) fail(at, more.error());
    is_at_end_ = !more || !*more;
    return is_at_end_ ? std::nullopt : std::optional(at);
  }

  // Chunks that were taken before are still worked on, so one of them may fail later.
  void fail(std::int64_t at, const Error& error) {
    if (failure_ && failed_at_ < at) return;
    failure_ = error;
    failed_at_ = at;
  }

  Next next_;
  Work work_;
  std::mutex mutex_;
  std::int64_t taken_ = 0;
  bool is_at_end_ = false;
  std::optional<Error> failure_;
  std::int64_t failed_at_ = 0;
};

struct RecordReading {
  std::span<const InvoiceRecordVisitor> visitors;
  std::unordered_set<std::string> customers = {};  // records of others are left out, unless it is empty

  bool wants(const Record& record) const {
    return customers.empty() || customers.contains(ascii_lower(record.cell(kCustomerId)));
  }
};

Result<InvoiceFileFacts> read_csv(const std::string& name, std::unique_ptr<ByteReader> bytes,
                                  const RecordReading& reading) {
  Columns columns;
  std::vector<LineMaker> makers(reading.visitors.size());
  const CsvVisitor visitor{[&](const std::vector<std::string>& header) -> Result<void> {
                             APPORTION_ASSIGN(columns, recognise(name, header));
                             return ok();
                           },
                           [&](std::size_t thread, std::int64_t line, std::span<const std::string_view> cells) {
                             const Record record{name, columns, line, cells};
                             return reading.wants(record) ? makers[thread].make(record, reading.visitors[thread])
                                                          : ok();
                           }};
  APPORTION_ASSIGN(const auto lines, read_csv_records(name, std::move(bytes), visitor, makers.size()));
  if (!lines) return no_lines(name);
  return InvoiceFileFacts{columns.kind, columns.has(kMeterId), *lines};
}

// The same keys in the same order as in the line before: nearly always.
bool has_same_names(const std::vector<std::string>& names, const JsonCells& cells) {
  return std::ranges::equal(names, cells, {}, {}, &JsonCells::value_type::first);
}

struct JsonChunk {
  std::int64_t first_line = 1;
  std::vector<std::string> lines;
};

// Reads lines of JSON, one thread's.
class JsonLinesMaker {
 public:
  Result<void> make(const std::string& name, std::int64_t at, std::string_view text, const RecordReading& reading,
                    std::size_t thread) {
    const std::string_view line = trim(without_byte_order_mark(text));
    if (line.empty()) return ok();
    if (!parse_json_line(line, members_)) {
      return Error{ErrorId::kRowsRejected, "a line of the invoice cannot be read", fmt::format("{}, line {}", name, at),
                   fmt::format("found {}, expected a JSON object", excerpt(line)),
                   "the file may have been cut off: download it again"};
    }
    if (!columns_ || !has_same_names(names_, members_)) {
      names_.clear();
      for (const auto& [key, value] : members_) names_.push_back(key);
      APPORTION_ASSIGN(columns_, recognise(fmt::format("{}, line {}", name, at), names_));
    }
    cells_.clear();
    for (const auto& [key, value] : members_) cells_.emplace_back(value);
    ++lines_;
    const Record record{name, *columns_, at, cells_};
    return reading.wants(record) ? maker_.make(record, reading.visitors[thread]) : ok();
  }

  const std::optional<Columns>& columns() const { return columns_; }
  std::int64_t lines() const { return lines_; }

 private:
  LineMaker maker_;
  std::optional<Columns> columns_;
  std::vector<std::string> names_;
  JsonCells members_;
  std::vector<std::string_view> cells_;
  std::int64_t lines_ = 0;
};

Result<InvoiceFileFacts> read_json_lines(const std::string& name, std::unique_ptr<ByteReader> bytes,
                                         const RecordReading& reading) {
  constexpr std::size_t kLinesOfChunk = 512;
  LineReader lines(std::move(bytes));
  std::int64_t line = 1;
  const auto next = [&](JsonChunk& chunk) -> Result<bool> {
    chunk.first_line = line;
    chunk.lines.resize(kLinesOfChunk);
    std::size_t count = 0;
    while (count < kLinesOfChunk) {
      APPORTION_ASSIGN(const bool found, lines.next(name, chunk.lines[count]));
      if (!found) break;
      ++count;
    }
    chunk.lines.resize(count);
    line += static_cast<std::int64_t>(count);
    return count > 0;
  };
  std::vector<JsonLinesMaker> makers(reading.visitors.size());
  std::optional<Columns> first;  // set by the one thread that has the first chunk
  const auto work = [&](std::size_t thread, std::int64_t at, const JsonChunk& chunk) -> Result<void> {
    for (std::size_t i = 0; i < chunk.lines.size(); ++i) {
      const std::int64_t number = chunk.first_line + static_cast<std::int64_t>(i);
      APPORTION_TRY(makers[thread].make(name, number, chunk.lines[i], reading, thread));
    }
    if (at == 0) first = makers[thread].columns();
    return ok();
  };
  APPORTION_TRY(ChunkWork<JsonChunk>(next, work).run(reading.visitors.size()));
  if (!first) return no_lines(name);
  InvoiceFileFacts facts{first->kind, first->has(kMeterId), 0};
  for (const JsonLinesMaker& maker : makers) facts.lines += maker.lines();
  return facts;
}

// A name of a header, without the quotes around it.
std::string_view unquoted(std::string_view name) {
  const bool is_quoted = name.size() >= 2 && name.starts_with('"') && name.ends_with('"');
  return is_quoted ? name.substr(1, name.size() - 2) : name;
}

constexpr std::size_t kHeadBytes = 64 << 10;

// The names of the first record; empty if there is none.
std::vector<std::string> header_of(std::string_view head, bool is_json) {
  const std::string_view line = trim(without_byte_order_mark(head.substr(0, head.find('\n'))));
  std::vector<std::string> names;
  JsonCells members;
  if (!is_json) {
    for (const std::string_view name : split_text(line, ',')) names.emplace_back(unquoted(trim(name)));
  } else if (parse_json_line(line, members)) {
    for (const auto& [key, value] : members) names.push_back(key);
  }
  return names;
}

Result<InvoiceFileFacts> read_records(const InvoiceFile& file, const RecordReading& reading) {
  APPORTION_ASSIGN(OpenedInvoiceFile opened, open_invoice_file(file));
  return opened.is_json ? read_json_lines(file.name, std::move(opened.bytes), reading)
                        : read_csv(file.name, std::move(opened.bytes), reading);
}

Error unreadable(const InvoiceFile& file, const InvoiceRecord& record) {
  return {ErrorId::kRowsRejected, "a line of the invoice cannot be read",
          fmt::format("{}, line {}, column {}", file.name, record.line.line, record.fault->column),
          record.fault->reason,
          "download the file again, and compare the original: spreadsheet programs rewrite numbers and days"};
}

}  // namespace

std::int64_t CellsHash::of(std::span<const std::string_view> cells) {
  all_.clear();
  for (const std::string_view cell : cells) {
    all_ += cell;
    all_ += '\x1f';
  }
  return short_hash_of(all_);
}

Result<OpenedInvoiceFile> open_invoice_file(const InvoiceFile& file) {
  constexpr std::string_view kGzip = "\x1f\x8b";
  APPORTION_ASSIGN(std::unique_ptr<ByteReader> bytes, file.open());
  APPORTION_ASSIGN(auto peeked, PeekedReader::of(std::move(bytes)));
  if (peeked->first().starts_with(kGzip)) {
    APPORTION_ASSIGN(peeked, PeekedReader::of(make_gzip_reader(file.name, std::move(peeked))));
  }
  const bool is_json = trim(without_byte_order_mark(peeked->first())).starts_with('{');
  return OpenedInvoiceFile{std::move(peeked), is_json};
}

Result<std::optional<std::int64_t>> read_csv_records(const std::string& name, std::unique_ptr<ByteReader> bytes,
                                                     const CsvVisitor& visitor, std::size_t threads) {
  struct Parsed {
    SourceBatch batch;
    std::vector<std::string_view> cells;
    std::int64_t records = 0;
  };
  CsvBlockReader blocks(name, std::move(bytes));
  std::size_t width = 0;
  const auto next = [&](CsvBlock& block) -> Result<bool> {
    do {
      if (blocks.at_end()) return false;
      APPORTION_TRY(blocks.next(block));
      if (width > 0) return true;
      APPORTION_ASSIGN(const std::vector<std::string> header, take_csv_header(name, block));
      if (!header.empty()) APPORTION_TRY(visitor.header(header));
      width = header.size();
    } while (width == 0);
    return true;
  };
  std::vector<Parsed> parsed(threads);
  const auto work = [&](std::size_t thread, std::int64_t /*at*/, const CsvBlock& block) -> Result<void> {
    auto& [batch, cells, records] = parsed[thread];
    APPORTION_TRY(parse_csv_block(name, block, width, 0, batch));
    const bool is_broken = !batch.broken.empty();
    const std::int64_t broken_line = is_broken ? batch.broken.front().line : 0;
    cells.resize(width);
    for (std::size_t row = 0; row < batch.rows && (!is_broken || batch.lines[row] < broken_line); ++row) {
      for (std::size_t i = 0; i < width; ++i) cells[i] = std::as_const(batch.columns)[i][row];
      APPORTION_TRY(visitor.record(thread, batch.lines[row], cells));
    }
    records += static_cast<std::int64_t>(batch.rows);
    if (!is_broken) return ok();
    return Error{ErrorId::kFileRagged, "a line of the invoice has another number of columns",
                 fmt::format("{}, line {}", name, broken_line), batch.broken.front().reason,
                 "the file may have been cut off: download it again"};
  };
  APPORTION_TRY(ChunkWork<CsvBlock>(next, work).run(threads));
  if (width == 0) return std::optional<std::int64_t>();
  std::int64_t records = 0;
  for (const Parsed& one : parsed) records += one.records;
  return std::optional(records);
}

std::string product_key(std::string_view product) {
  std::string key = ascii_lower(product);
  std::erase_if(key, [](char c) { return c == '-' || c == '_' || c == ' '; });
  return key;
}

std::string_view invoice_file_kind_name(InvoiceFileKind kind) {
  switch (kind) {
    case InvoiceFileKind::kReconciliation: return "reconciliation";
    case InvoiceFileKind::kDailyUsage: return "daily usage";
    case InvoiceFileKind::kBill: return "bill";
    case InvoiceFileKind::kDistributorBill: return "distributor's bill";
  }
  return {};
}

Dataset dataset_of(InvoiceFileKind kind) {
  switch (kind) {
    case InvoiceFileKind::kReconciliation: return Dataset::kInvoiceReconciliation;
    case InvoiceFileKind::kDailyUsage: return Dataset::kDailyRatedUsage;
    case InvoiceFileKind::kBill: return Dataset::kLegacyBill;
    case InvoiceFileKind::kDistributorBill: return Dataset::kDistributorBill;
  }
  return Dataset::kInvoiceReconciliation;
}

InvoiceFileKind kind_of(Dataset dataset) {
  if (dataset == Dataset::kLegacyBill) return InvoiceFileKind::kBill;
  if (dataset == Dataset::kDistributorBill) return InvoiceFileKind::kDistributorBill;
  return dataset == Dataset::kDailyRatedUsage ? InvoiceFileKind::kDailyUsage : InvoiceFileKind::kReconciliation;
}

void show_invoice_texts(const InvoiceTexts& texts, InvoiceFileKind kind, ShownInvoiceTexts& shown, InvoiceLine& line) {
  const auto lower = [&](Field field) -> std::string_view {
    assign_ascii_lower(texts[field], shown[field]);
    return shown[field];
  };
  line.partner_id = lower(kPartnerId);
  line.invoice = texts[kInvoiceNumber];
  line.customer_id = lower(kCustomerId);
  line.subscription = lower(kind == InvoiceFileKind::kReconciliation ? kSubscriptionId : kEntitlementId);
  std::string& product = shown[kProductId];
  product = texts[kProductId];
  product += texts[kSkuId];
  product = product_key(product);
  line.product = product;
  line.meter_id = lower(kMeterId);
  line.resource = lower(kResourceUri);
  line.charge_type = texts[kChargeType];
  line.publisher = texts[kPublisherName];
  line.reservation_order = texts[kReservationOrderId];
  line.credit_reason = texts[kCreditReasonCode];
  line.term = texts[kTermAndBillingCycle];
}

Result<std::vector<std::string>> names_of_first_record(const OpenedInvoiceFile& opened) {
  std::string head(kHeadBytes, '\0');
  std::size_t filled = 0;
  while (filled < head.size()) {
    const auto count = opened.bytes->read(std::span(head).subspan(filled));
    if (!count && filled == 0) return count.error();
    if (!count || *count == 0) break;  // whoever reads the whole file meets what is wrong with it
    filled += *count;
  }
  head.resize(filled);
  return header_of(head, opened.is_json);
}

Result<std::optional<InvoiceFileKind>> recognise_invoice_file(const InvoiceFile& file) {
  APPORTION_ASSIGN(const OpenedInvoiceFile opened, open_invoice_file(file));
  APPORTION_ASSIGN(const std::vector<std::string> header, names_of_first_record(opened));
  const auto columns = columns_of(file.name, header);
  if (!columns || !has_columns_of_invoice(*columns)) return std::optional<InvoiceFileKind>();
  return std::optional(columns->kind);
}

Result<InvoiceFileFacts> read_invoice_records(const InvoiceFile& file, const InvoiceRecordVisitor& visit) {
  return read_records(file, {std::span(&visit, 1)});
}

Result<InvoiceFileFacts> read_invoice_file(const InvoiceFile& file, const InvoiceLineVisitor& visit) {
  return read_invoice_file(file, InvoiceLineReading{std::span(&visit, 1)});
}

Result<InvoiceFileFacts> read_invoice_file(const InvoiceFile& file, const InvoiceLineReading& reading) {
  std::vector<InvoiceRecordVisitor> visitors;
  for (const InvoiceLineVisitor& visit : reading.visitors) {
    visitors.emplace_back([&file, &visit](const InvoiceRecord& record) {
      return record.fault ? Result<void>(unreadable(file, record)) : visit(record.line);
    });
  }
  return read_records(file, {visitors, {reading.customers.begin(), reading.customers.end()}});
}

InvoiceLines lines_of_file(InvoiceFile file) {
  std::string name = file.name;
  return {std::move(name),
          [file = std::move(file)](const InvoiceLineReading& reading) { return read_invoice_file(file, reading); }};
}

}  // namespace apportion
