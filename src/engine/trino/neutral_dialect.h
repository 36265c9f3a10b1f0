/// NeutralDialect: expressions that are spelled only once it is known which engine runs the statement. Internal to
/// `engine/trino`.
///
/// What it makes has control characters that no SQL has; `spelled` puts the expressions of an engine in their place.
#pragma once

#include <string>
#include <string_view>

#include "engine/dialect.h"

namespace apportion {

class NeutralDialect final : public Dialect {
 public:
  std::string hash_of(std::string_view values) const override;
  std::string compact_json(std::string_view text, std::string_view otherwise) const override;
  std::string json_text_at(std::string_view text, std::string_view pointer) const override;
};

/// Expressions as Trino spells them.
///
/// They are what DuckDB's are, but for: `hash_of` gives other numbers, for equal lists equal ones all the same;
/// `json_text_at` finds members of objects, not of lists, and the text of an object that it finds has its members
/// sorted; `compact_json` leaves numbers and escapes as they are written.
class TrinoDialect final : public Dialect {
 public:
  std::string hash_of(std::string_view values) const override;
  std::string compact_json(std::string_view text, std::string_view otherwise) const override;
  std::string json_text_at(std::string_view text, std::string_view pointer) const override;
};

/// A statement with the expressions of `dialect` in place of neutral ones.
std::string spelled(std::string_view sql, const Dialect& dialect);

}  // namespace apportion
