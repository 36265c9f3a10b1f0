#include "pipeline/invoices/kept_invoice_lines.h"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "engine/row_values.h"
#include "foundation/base/check.h"
#include "pipeline/invoices/kept_invoice_lines.sql.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsOfGroup = 120'000;

constexpr std::size_t kCustomersNamed = 500;  // beyond it, reading all lines is quicker

// Columns of the statement.
constexpr std::size_t kFirstText = 11;

std::vector<ParquetColumn> columns_of_file() {
  std::vector<ParquetColumn> columns{{"x_RowId", ParquetType::kInteger},
                                     {"x_SourceFile", ParquetType::kText},
                                     {"x_SourceLine", ParquetType::kInteger},
                                     {"x_LineHash", ParquetType::kInteger}};
  for (const std::string_view name : kInvoiceTextColumns) columns.push_back({std::string(name), ParquetType::kText});
  columns.push_back({"LineDay", ParquetType::kDay});
  columns.push_back({"BillingCurrency", ParquetType::kText});
  for (const char* name : {"PreTaxTotal", "TaxTotal", "EffectiveUnitPrice", "Quantity", "PCToBCExchangeRate"}) {
    columns.push_back({name, ParquetType::kDecimal});
  }
  columns.push_back({"x_OtherColumns", ParquetType::kText});
  return columns;
}

void add_text(std::string_view text, WaitingTexts& waiting) {
  text.empty() ? waiting.add_nothing() : waiting.add(std::string(text));
}

std::string other_columns(const InvoiceRecord& record) {
  nlohmann::ordered_json others;
  for (const std::size_t column : record.others) {
    if (!record.cells[column].empty()) others[record.names[column]] = record.cells[column];
  }
  if (others.empty()) return {};
  return others.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

InvoiceLine line_of(const EngineRow& row, InvoiceFileKind kind, ShownInvoiceTexts& shown) {
  InvoiceLine line;
  line.place = row.integer(0);
  line.file = row.text(1);
  line.line = row.integer(2);
  line.hash = row.integer(3);
  if (!row.is_null(4)) line.day = row.day(4);
  line.currency = Currency::parse(row.text(5));
  line.amount = row.decimal(6);
  line.tax = row.decimal(7);
  line.unit_price = decimal_at(row, 8);
  line.quantity = decimal_at(row, 9);
  line.exchange_rate = decimal_at(row, 10);
  InvoiceTexts texts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t column = kFirstText + i;
    if (!row.is_null(column)) texts[i] = row.text(column);
  }
  show_invoice_texts(texts, kind, shown, line);
  return line;
}

// Letters beyond ASCII are lowered on both sides, so that no line is left out.
std::string condition_of(std::size_t customers) {
  const std::vector<std::string_view> values(customers, "lower(CAST(? AS VARCHAR))");
  return fmt::format("lower(coalesce(CustomerId, '')) IN ({})", fmt::join(values, ", "));
}

}  // namespace

Result<InvoiceLinesWriter> InvoiceLinesWriter::create(ImportId import, const std::filesystem::path& path) {
  APPORTION_ASSIGN(auto writer, ParquetWriter::create(path, columns_of_file()));
  return InvoiceLinesWriter(import, std::move(writer));
}

Result<void> InvoiceLinesWriter::add(const InvoiceRecord& record) {
  const InvoiceLine& line = record.line;
  APPORTION_CHECK(!record.fault && line.currency, "a line with a fault is a reject");
  row_ids_.push_back(RowId(import_, rows_++).stored());
  lines_.push_back(line.line);
  hashes_.push_back(line.hash);
  add_text(line.file, files_);
  for (std::size_t i = 0; i < texts_.size(); ++i) add_text(record.texts[i], texts_[i]);
  line.day ? days_.add(line.day->days_since_epoch()) : days_.add_nothing();
  currencies_.add(std::string(line.currency->code()));
  amounts_.add(line.amount);
  taxes_.add(line.tax);
  unit_prices_.add(line.unit_price);
  quantities_.add(line.quantity);
  exchange_rates_.add(line.exchange_rate);
  add_text(other_columns(record), others_);
  return row_ids_.size() < kRowsOfGroup ? ok() : write_row_group();
}

Result<void> InvoiceLinesWriter::write_row_group() {
  if (row_ids_.empty()) return ok();
  writer_->begin_row_group(row_ids_.size());
  writer_->integer_column(row_ids_);
  files_.write(*writer_);
  writer_->integer_column(lines_);
  writer_->integer_column(hashes_);
  for (WaitingTexts& texts : texts_) texts.write(*writer_);
  days_.write(*writer_);
  currencies_.write(*writer_);
  for (WaitingDecimals* waiting : {&amounts_, &taxes_, &unit_prices_, &quantities_, &exchange_rates_}) {
    waiting->write(*writer_);
  }
  others_.write(*writer_);
  row_ids_.clear();
  lines_.clear();
  hashes_.clear();
  return writer_->end_row_group();
}

Result<void> InvoiceLinesWriter::finish() {
  APPORTION_TRY(write_row_group());
  return writer_->finish();
}

Result<InvoiceFileFacts> read_kept_invoice_lines(LakeReader& reader, std::span<const LakeFile> files,
                                                 InvoiceFileKind kind, const InvoiceLineReading& reading) {
  InvoiceFileFacts facts{kind, false, 0};
  if (files.empty()) return facts;
  APPORTION_ASSIGN(const std::string lines, reader.lake().rows_of(reader.scratch(), files));
  const bool is_of_some = !reading.customers.empty() && reading.customers.size() <= kCustomersNamed;
  const auto customers = is_of_some ? reading.customers : std::span<const std::string>();
  const std::string statement =
      fmt::format(fmt::runtime(sql::kKeptInvoiceLinesSql), fmt::arg("lines", lines),
                  fmt::arg("customers", is_of_some ? condition_of(customers.size()) : "TRUE"));
  const InvoiceLineVisitor& visit = reading.visitors.front();
  ShownInvoiceTexts shown;
  const std::vector<EngineValue> values(customers.begin(), customers.end());
  APPORTION_TRY(reader.engine().query(statement, values, [&](const EngineRow& row) {
    const InvoiceLine line = line_of(row, kind, shown);
    facts.has_meters = facts.has_meters || !line.meter_id.empty();
    ++facts.lines;
    return visit(line);
  }));
  return facts;
}

}  // namespace apportion
