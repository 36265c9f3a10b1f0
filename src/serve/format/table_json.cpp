#include "serve/format/table_json.h"

#include <ostream>

#include <nlohmann/json.hpp>

#include "foundation/base/shown_text.h"
#include "serve/format/stream_check_internal.h"
#include "serve/format/table_formats.h"

namespace apportion {
namespace {

std::string json_string(const std::string& text) {
  return terminal_json(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string json_value(const TableCell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "null";
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  return json_string(cell_text(cell));
}

}  // namespace

Result<void> write_json(const Table& table, std::ostream& out) {
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(json_string(column.name));
  out << '[';
  for (std::size_t position = 0; position < table.rows.size(); ++position) {
    out << (position == 0 ? "\n  {" : ",\n  {");
    for (std::size_t i = 0; i < names.size(); ++i) {
      out << (i == 0 ? "" : ", ") << names[i] << ": " << json_value(table.rows[position][i]);
    }
    out << '}';
  }
  out << (table.rows.empty() ? "]\n" : "\n]\n");
  return check_written(out);
}

nlohmann::ordered_json rows_json(const Table& table) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& cells : table.rows) {
    nlohmann::ordered_json row = nlohmann::ordered_json::object();
    for (std::size_t column = 0; column < cells.size(); ++column) {
      if (std::holds_alternative<std::monostate>(cells[column])) continue;
      row[table.columns[column].name] = cell_text(cells[column]);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace apportion
