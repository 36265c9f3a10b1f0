/// The tags of a charge: their cell is read in one way for rules, reports and explanations.
///
/// The engine also takes the first of equal keys (`json_extract_string`), so reports and rules agree.
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
/// is its text as written. Text that is not a JSON object, or that nests deeper than a thousand brackets, contains no
/// tags.
std::vector<Tag> read_tags(std::string_view object);

/// The object with values of other kinds than text and null as texts, as written: what `read_tags` gives is then what
/// every reader of JSON sees. Without such values, and when it is no object, the text as it is.
std::string with_text_values(std::string_view object);

}  // namespace apportion
