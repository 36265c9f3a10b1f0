/// Reading answers of Azure's APIs: fields that may be missing, null or of another type than expected, without a throw.
///
/// Azure adds fields and values at any time; what is missing reads as empty. Amounts arrive as text: ArmClient is asked
/// for exact numbers (`ArmCall::exact_numbers`), so no amount is ever a binary fraction.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace apportion {

/// Names from the outside in: `{"properties", "definition", "type"}`.
using FieldPath = std::initializer_list<std::string_view>;

/// The value at a path; null if there is none.
const nlohmann::json& field(const nlohmann::json& object, FieldPath path);

/// A text; numbers as their digits, `true` and `false` as such; empty for everything else.
std::string text_field(const nlohmann::json& object, FieldPath path);
std::optional<bool> bool_field(const nlohmann::json& object, FieldPath path);
/// An array; an empty one when there is none.
const nlohmann::json& array_field(const nlohmann::json& object, FieldPath path);

/// Plain decimal text of a number: `100.0` is `100`, `1E-3` is `0.001`. A text that is no Decimal stays as it is.
std::string decimal_field(const nlohmann::json& object, FieldPath path);

/// The result of `read` for each value.
template <class Read>
auto read_all(const std::vector<nlohmann::json>& values, Read read) {
  std::vector<decltype(read(values.front()))> all;
  all.reserve(values.size());
  for (const nlohmann::json& value : values) all.push_back(read(value));
  return all;
}

/// Removes a member from the object at a path, if there is one.
void erase_field(nlohmann::json& object, FieldPath path, std::string_view name);

/// The part after the last slash: the name in an ARM id.
std::string last_segment(std::string_view arm_id);

/// The segment after `name` in an ARM id, whatever the case of `name`; empty if there is none.
std::string segment_after(std::string_view arm_id, std::string_view name);

}  // namespace apportion
