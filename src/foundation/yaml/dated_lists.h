/// Dated lists: the form of every document that applies from a month onwards (rules, commitment policies).
///
///     - effective: 2026-01     # the first month in which the list holds
///       …                      # what it holds, up to the document
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/date.h"
#include "foundation/yaml/yaml_tree.h"

namespace apportion {

/// What a node is, for messages: `a map`, `an empty list`, `nothing`.
std::string_view kind_name(const YamlNode& node);

/// The advice to write the word that was meant, or `otherwise` if no word is close.
std::string did_you_mean(std::string_view nearest, std::string otherwise);

/// Whether a node is a map. Notes when it is not, and each key that it must not have; `what` is the node, as messages
/// name it: `a rule`.
bool check_map(const YamlNode& node, std::string_view what, std::span<const std::string_view> keys,
               FileProblems& problems);

/// Calls `read` for each list of a document, in the order of the file, with the month from which it holds: nothing when
/// that cannot be read, which is noted. Notes two lists of one month, too. `what` names one list (`rule list`), `keys`
/// are all it may have, `effective` among them.
void read_dated_lists(const YamlNode& root, std::string_view what, std::span<const std::string_view> keys,
                      FileProblems& problems,
                      const std::function<void(const YamlNode& list, std::optional<Month> effective)>& read);

}  // namespace apportion
