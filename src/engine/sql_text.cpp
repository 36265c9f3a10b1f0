#include "engine/query_engine.h"

namespace apportion {

std::string sql_literal(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += '\'';
    literal += c;
  }
  return literal + '\'';
}

std::string sql_identifier(std::string_view name) {
  std::string identifier = "\"";
  for (const char c : name) {
    if (c == '"') identifier += '"';
    identifier += c;
  }
  return identifier + '"';
}

}  // namespace apportion
