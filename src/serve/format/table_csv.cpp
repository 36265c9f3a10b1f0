// Tables as CSV.
#include <algorithm>
#include <array>
#include <ostream>

#include "foundation/money/decimal.h"
#include "serve/format/stream_check_internal.h"
#include "serve/format/table_formats.h"

namespace apportion {
namespace {

std::string csv_field(std::string text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// Whether a spreadsheet would run the text: it begins like a formula, in half or full width, and is not a number.
bool is_formula(std::string_view text) {
  static constexpr std::array<std::string_view, 11> kBeginnings = {"=",  "+",  "-",  "@",  "\t", "\r",
                                                                   "\n", "＝", "＋", "－", "＠"};
  const bool begins_so = std::any_of(kBeginnings.begin(), kBeginnings.end(),
                                     [text](std::string_view beginning) { return text.starts_with(beginning); });
  return begins_so && Decimal::parse(text).error != DecimalError::kNone;
}

std::string spreadsheet_text(const std::string& text, CsvText mode) {
  return mode == CsvText::kDefused && is_formula(text) ? "'" + text : text;
}

void write_csv_line(const std::vector<std::string>& fields, std::ostream& out) {
  // An empty line would not count as a record: a single empty field is written in quotes.
  if (fields.size() == 1 && fields[0].empty()) {
    out << "\"\"\n";
    return;
  }
  for (std::size_t i = 0; i < fields.size(); ++i) out << (i == 0 ? "" : ",") << csv_field(fields[i]);
  out << '\n';
}

}  // namespace

CsvRows::CsvRows(const std::vector<TableColumn>& columns, CsvText mode, std::ostream& out)
    : columns_(&columns), mode_(mode), out_(&out) {
  for (const TableColumn& column : columns) fields_.push_back(spreadsheet_text(column.name, mode));
  write_csv_line(fields_, *out_);
}

void CsvRows::add(const std::vector<TableCell>& row) {
  fields_.clear();
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool is_text = (*columns_)[i].kind == TableKind::kText;
    fields_.push_back(is_text ? spreadsheet_text(cell_text(row[i]), mode_) : cell_text(row[i]));
  }
  write_csv_line(fields_, *out_);
}

Result<void> write_csv(const Table& table, CsvText mode, std::ostream& out) {
  CsvRows rows(table.columns, mode, out);
  for (const auto& row : table.rows) rows.add(row);
  return check_written(out);
}

}  // namespace apportion
