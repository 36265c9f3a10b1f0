/// Dialect: the expressions that engines spell differently, as text to put into a statement.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

class Dialect {
 public:
  virtual ~Dialect() = default;

  /// A BIGINT, the same for equal lists of values, nulls included. `values` are expressions
  /// separated by commas. For finding rows that may be equal: two lists may have the same number.
  virtual std::string hash_of(std::string_view values) const = 0;

  /// `text` without blanks between its JSON members; `otherwise` if it is not JSON, or null.
  virtual std::string compact_json(std::string_view text, std::string_view otherwise) const = 0;

  /// The text at a JSON pointer (RFC 6901) in `text`; null if `text` is not JSON or has nothing there. `text` and
  /// `pointer` are expressions; each appears in the result once or more, but a `?` in `pointer` only once.
  virtual std::string json_text_at(std::string_view text, std::string_view pointer) const = 0;

 protected:
  Dialect() = default;
  Dialect(const Dialect&) = default;
  Dialect& operator=(const Dialect&) = default;
};

}  // namespace apportion
