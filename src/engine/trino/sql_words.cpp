#include "engine/trino/sql_words.h"

#include <algorithm>

#include "foundation/base/text.h"

namespace apportion {
namespace {

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_in_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

// Behind a quoted text that begins at `begin`; a doubled quote stands for itself.
std::size_t end_of_quoted(std::string_view sql, std::size_t begin) {
  const char quote = sql[begin];
  for (std::size_t at = begin + 1; at < sql.size(); ++at) {
    if (sql[at] != quote) continue;
    if (at + 1 < sql.size() && sql[at + 1] == quote) {
      ++at;
    } else {
      return at + 1;
    }
  }
  return sql.size();
}

std::string unquoted(std::string_view quoted) {
  std::string name;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    name += quoted[i];
    if (quoted[i] == '"') ++i;
  }
  return name;
}

std::size_t end_of_line(std::string_view sql, std::size_t at) { return std::min(sql.find('\n', at), sql.size()); }

}  // namespace

std::vector<SqlWord> sql_words(std::string_view sql) {
  std::vector<SqlWord> words;
  const auto add = [&](std::string text, std::size_t begin, std::size_t end) {
    words.push_back({ascii_lower(text), begin, end});
  };
  std::size_t at = 0;
  while (at < sql.size()) {
    const std::size_t begin = at;
    if (sql[at] == '\'') {
      at = end_of_quoted(sql, at);
    } else if (sql[at] == '"') {
      at = end_of_quoted(sql, at);
      add(unquoted(sql.substr(begin, at - begin)), begin, at);
    } else if (sql.substr(at).starts_with("--")) {
      at = end_of_line(sql, at);
    } else if (begins_name(sql[at])) {
      while (at < sql.size() && is_in_name(sql[at])) ++at;
      add(std::string(sql.substr(begin, at - begin)), begin, at);
    } else {
      ++at;
      if (sql[begin] == '?') add("?", begin, at);
    }
  }
  return words;
}

}  // namespace apportion
