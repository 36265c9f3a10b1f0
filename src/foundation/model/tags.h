/// The tags of a charge: one reading of their cell for rules, reports and explanations.
///
/// The engine takes the first of equal keys too (`json_extract_string`), so a report and a rule give one answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apportion {

struct Tag {
  std::string key;
  std::optional<std::string> value;  ///< Empty for JSON null.

  friend bool operator==(const Tag&, const Tag&) = default;
};

/// The tags of a JSON object in its order, of equal keys the first. The value of a number, a flag, a list or an object
/// is its text as written. Text that is no JSON object, or that nests deeper than a thousand brackets, holds no tags.
std::vector<Tag> read_tags(std::string_view object);

/// The object with values of other kinds than text and null as texts, as written: what `read_tags` gives is then what
/// every reader of JSON sees. Without such values, and when it is no object, the text as it is.
std::string with_text_values(std::string_view object);

}  // namespace apportion
