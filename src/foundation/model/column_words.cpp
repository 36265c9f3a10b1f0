#include "foundation/model/column_words.h"

namespace apportion {

std::string_view type_words(ColumnType type) {
  switch (type) {
    case ColumnType::kText: return "text";
    case ColumnType::kJson: return "JSON object";
    case ColumnType::kDecimal: return "decimal";
    case ColumnType::kDay: return "day";
    case ColumnType::kInteger: return "whole number";
  }
  return "";
}

std::string_view audience_words(Audience audience) {
  switch (audience) {
    case Audience::kPublic: return "every customer";
    case Audience::kListView: return "customers with view list or both";
    case Audience::kCostView: return "customers with view cost or both";
    case Audience::kBothViews: return "customers with view both";
    case Audience::kPartner: return "partner only";
  }
  return "";
}

}  // namespace apportion
