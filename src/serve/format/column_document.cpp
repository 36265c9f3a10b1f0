#include "serve/format/column_document.h"

#include <string>

#include <nlohmann/json.hpp>

#include "foundation/base/text.h"
#include "foundation/model/column_facts.h"
#include "foundation/model/column_words.h"
#include "serve/format/table_json.h"

namespace apportion {

std::vector<const ChargeColumn*> charge_columns_about(std::string_view word) {
  const std::string wanted = fold_case(word);
  std::vector<const ChargeColumn*> columns;
  for (const ChargeColumn& column : charge_columns()) {
    const bool speaks_of_it = fold_case(column.name).find(wanted) != std::string::npos ||
                              fold_case(column.about).find(wanted) != std::string::npos;
    if (speaks_of_it) columns.push_back(&column);
  }
  return columns;
}

Table columns_table(const std::vector<const ChargeColumn*>& columns) {
  Table table;
  table.columns = {{"Column"}, {"Holds"}, {"SeenBy"}, {"Meaning"}, {"Example"}, {"Datasets"}};
  for (const ChargeColumn* column : columns) {
    table.rows.push_back({std::string(column->name), std::string(type_words(column->type)),
                          std::string(audience_words(column->audience)), std::string(column->about),
                          std::string(facts_of(*column).example), std::string(facts_of(*column).datasets)});
  }
  return table;
}

nlohmann::ordered_json columns_json(const std::vector<const ChargeColumn*>& columns) {
  return {{"columns", rows_json(columns_table(columns))}};
}

}  // namespace apportion
