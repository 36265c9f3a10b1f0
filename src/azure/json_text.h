/// JSON from outside, read with a bound on its depth, so that it is safe to walk recursively.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace apportion {

/// Nothing if it is not JSON, or if lists and objects are nested deeper than in any answer of Azure.
std::optional<nlohmann::json> parse_json(std::string_view text);

/// The same, with every non-integer number as its text (`"33.99"`): for answers with amounts.
std::optional<nlohmann::json> parse_json_exact(std::string_view text);

/// A text member; empty if it is missing or something else.
std::string text_member(const nlohmann::json& object, std::string_view name);

/// A member of any kind; null if `object` is not an object or has no such member.
const nlohmann::json& member(const nlohmann::json& object, std::string_view name);

}  // namespace apportion
