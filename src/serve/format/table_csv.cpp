// Tables as CSV.
#include <ostream>

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

void write_csv_line(const std::vector<std::string>& fields, std::ostream& out) {
  // An empty line would be no record: a single empty field is written in quotes.
  if (fields.size() == 1 && fields[0].empty()) {
    out << "\"\"\n";
    return;
  }
  for (std::size_t i = 0; i < fields.size(); ++i) out << (i == 0 ? "" : ",") << csv_field(fields[i]);
  out << '\n';
}

}  // namespace

Result<void> write_csv(const Table& table, std::ostream& out) {
  std::vector<std::string> fields;
  for (const TableColumn& column : table.columns) fields.push_back(column.name);
  write_csv_line(fields, out);
  for (const auto& row : table.rows) {
    fields.clear();
    for (const TableCell& cell : row) fields.push_back(cell_text(cell));
    write_csv_line(fields, out);
  }
  return check_written(out);
}

}  // namespace apportion
