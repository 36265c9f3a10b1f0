/// JSON from outside, read with a bound on its depth: what follows may walk through it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace apportion {

/// Nothing when it is no JSON, or lists and objects are nested deeper than anything that Azure answers.
std::optional<nlohmann::json> parse_json(std::string_view text);

/// The same, with every number that is no integer as its text (`"33.99"`): for answers with amounts.
std::optional<nlohmann::json> parse_json_exact(std::string_view text);

/// A member that is a text; empty when it is not there or something else.
std::string text_member(const nlohmann::json& object, std::string_view name);

/// A member of any kind; null when `object` is none or has no such member.
const nlohmann::json& member(const nlohmann::json& object, std::string_view name);

}  // namespace apportion
