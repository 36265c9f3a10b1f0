#include "query/table.h"

namespace apportion {

std::string cell_text(const TableCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* decimal = std::get_if<Decimal>(&cell)) return decimal->to_string();
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* day = std::get_if<Day>(&cell)) return day->to_string();
  return {};
}

}  // namespace apportion
