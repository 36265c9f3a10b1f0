#include "azure/connect/json_fields.h"

#include <cstdint>

#include "foundation/base/text.h"
#include "foundation/money/decimal.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

const Json kNull;
const Json kEmptyArray = Json::array();

}  // namespace

const Json& field(const Json& object, FieldPath path) {
  const Json* current = &object;
  for (const std::string_view name : path) {
    if (!current->is_object()) return kNull;
    const auto found = current->find(std::string(name));
    if (found == current->end()) return kNull;
    current = &*found;
  }
  return *current;
}

std::string text_field(const Json& object, FieldPath path) {
  const Json& value = field(object, path);
  if (const auto* text = value.get_ptr<const std::string*>()) return *text;
  if (value.is_number() || value.is_boolean()) return value.dump();
  return {};
}

std::optional<bool> bool_field(const Json& object, FieldPath path) {
  const Json& value = field(object, path);
  if (const auto* truth = value.get_ptr<const bool*>()) return *truth;
  const auto* text = value.get_ptr<const std::string*>();
  if (text != nullptr && ascii_equal_ignoring_case(*text, "true")) return true;
  if (text != nullptr && ascii_equal_ignoring_case(*text, "false")) return false;
  return std::nullopt;
}

const Json& array_field(const Json& object, FieldPath path) {
  const Json& value = field(object, path);
  return value.is_array() ? value : kEmptyArray;
}

std::string decimal_field(const Json& object, FieldPath path) {
  std::string text = text_field(object, path);
  const auto parsed = Decimal::parse(text);
  return parsed.error == DecimalError::kNone ? parsed.value.to_string() : text;
}

void erase_field(Json& object, FieldPath path, std::string_view name) {
  Json* current = &object;
  for (const std::string_view step : path) {
    if (!current->is_object()) return;
    const auto found = current->find(std::string(step));
    if (found == current->end()) return;
    current = &*found;
  }
  if (current->is_object()) current->erase(std::string(name));
}

std::string last_segment(std::string_view arm_id) {
  while (!arm_id.empty() && arm_id.back() == '/') arm_id.remove_suffix(1);
  return std::string(arm_id.substr(arm_id.rfind('/') + 1));
}

std::string segment_after(std::string_view arm_id, std::string_view name) {
  const auto parts = split_text(arm_id, '/');
  for (std::size_t at = 0; at + 1 < parts.size(); ++at) {
    if (ascii_equal_ignoring_case(parts[at], name)) return std::string(parts[at + 1]);
  }
  return {};
}

}  // namespace apportion
