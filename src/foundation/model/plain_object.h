/// Objects of JSON as cost files have them, read without making a document of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace apportion {

/// What a plain object says: one of texts, numbers of at most 18 digits before and after the point and without
/// exponent, `true`, `false`, `null`, and objects and lists of such values, a hundred within each other at most. Quotes
/// and backslashes are the only escapes in its texts.
struct PlainObject {
  bool has_texts_only = true;  ///< Each value of the object itself is a text or `null`.
  std::string compact;         ///< The object without the blanks between its parts, as written otherwise.
};

/// The object that `text` is; nothing if it is none, or not a plain one: only a parser of JSON can tell then.
std::optional<PlainObject> read_plain_object(std::string_view text);

}  // namespace apportion
