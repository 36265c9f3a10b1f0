/// Values of rows that may be null.
#pragma once

#include <optional>
#include <string>

#include "engine/query_engine.h"

namespace apportion {

/// What `EngineRow::decimal` gives; nothing for null.
inline std::optional<Decimal> decimal_at(const EngineRow& row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.decimal(column));
}

/// What `EngineRow::text` gives; empty for null.
inline std::string text_at(const EngineRow& row, std::size_t column) {
  return row.is_null(column) ? std::string() : std::string(row.text(column));
}

}  // namespace apportion
