#include "query/table_json.h"

#include <nlohmann/json.hpp>

namespace apportion {

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
