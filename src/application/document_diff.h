/// What differs between two versions of a document, entry by entry: comments, order of keys and layout tell nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"

namespace apportion {

enum class EntryEdit { kAdded, kRemoved, kChanged, kMoved };
std::string_view entry_edit_name(EntryEdit edit);  ///< `added`, `removed`, `changed`, `moved`

/// A rule, a policy or a set that is not the same on both sides.
struct EntryDifference {
  EntryEdit edit = EntryEdit::kAdded;
  std::string list;               ///< `2026-01`: the month from which its list is effective.
  std::string section;            ///< `rules`, `sets`, `policies`.
  std::string name;               ///< As written, or `rules 3`.
  std::int64_t place_before = 0;  ///< In its list, from 1; 0 where it is not there.
  std::int64_t place_after = 0;
  std::string before;  ///< On one line of YAML; empty where it is not there, and when it was only moved.
  std::string after;
};

/// By list and section; what is after first, in its order, then what was removed. An entry is moved when others that
/// are there on both sides stand on its other side now. Errors: a text is no YAML; `name_before` and `name_after` are
/// for messages.
Result<std::vector<EntryDifference>> document_differences(std::string_view before, std::string_view name_before,
                                                          std::string_view after, std::string_view name_after);

}  // namespace apportion
