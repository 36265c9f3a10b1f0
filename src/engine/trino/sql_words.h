/// The words of a statement: enough of SQL's grammar to find names and places for values. Internal to `engine/trino`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace apportion {

/// A name, a keyword or a `?`; what stands in string literals and comments is none.
struct SqlWord {
  std::string text;       ///< A name without its quotes; in lower case.
  std::size_t begin = 0;  ///< In the statement, with its quotes.
  std::size_t end = 0;
};

std::vector<SqlWord> sql_words(std::string_view sql);

}  // namespace apportion
